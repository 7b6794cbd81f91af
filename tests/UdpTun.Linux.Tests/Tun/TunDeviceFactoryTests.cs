using System.Text.Json;
using UdpTun.Linux.HostSetup;
using UdpTun.Linux.Tun;
using UdpTun.Net.Flows;
using UdpTun.Net.Io;

namespace UdpTun.Linux.Tests.Tun;

/// <summary>One namespace; tun0 is made by the factory or by <c>ip tuntap add</c>.</summary>
public sealed class TunDeviceFactoryTests : IDisposable
{
    private static readonly TunDeviceOptions Options = new()
    {
        Name = "tun0",
        Mtu = 1400,
        QueueLength = 700,
        Addresses = [InetPrefix.Parse("10.9.0.1/24"), InetPrefix.Parse("fd09::1/64")],
        Routes = [new(InetPrefix.Parse("203.0.113.0/24")), new(InetPrefix.Parse("2001:db8::/32")), new(InetPrefix.Parse("198.51.100.0/24"), 77)],
    };

    private readonly TestNamespace _namespace = new();
    private readonly TestStateDirectory _state = new();
    private readonly List<string> _warnings = [];

    public void Dispose()
    {
        _namespace.Dispose();
        _state.Dispose();
    }

    [SkippableFact]
    public void Open_should_give_the_device_all_that_its_options_ask_for() => WithFactory(Options, factory =>
    {
        using var device = factory.Open();

        AssertConfigured();
        Assert.DoesNotContain("fe80", TestNamespace.Ip("address", "show", "dev", "tun0"));
        Assert.Equal(("tun0", 1400), (device.Name, device.Mtu));
        Assert.Empty(_warnings);
    });

    [SkippableFact]
    public void Open_should_redo_everything_when_the_device_was_lost() => WithFactory(Options, factory =>
    {
        using var lost = factory.Open();
        TestNamespace.Ip("link", "del", "tun0");
        Assert.False(factory.IsHealthy());
        lost.Dispose();

        using var device = factory.Open();

        AssertConfigured();
        Assert.True(factory.IsHealthy());
    });

    [SkippableFact]
    public void Device_that_others_set_up_should_be_made_down_and_bare_and_stay_whatever_is_done_to_it() =>
        WithFactory(Options with { OthersSetUp = true }, factory =>
        {
            using var device = factory.Open();
            var link = TestNamespace.Ip("address", "show", "dev", "tun0");
            Assert.DoesNotContain("inet", link);
            Assert.DoesNotContain(",UP", link);
            Assert.Contains("mtu 1400", link);
            Assert.True(factory.IsHealthy());

            Assert.Equal(new IoResult(IoStatus.Ok, 1, 1), device.Write([TestPackets.Batch(default, TestPackets.UdpV4("10.9.0.2", "10.9.0.1", 53))], 0));
            TestNamespace.Ip("link", "del", "tun0");
            Assert.False(factory.IsHealthy());
        });

    [SkippableFact]
    public void IsHealthy_should_be_false_when_another_device_bears_the_name() => WithFactory(Options, factory =>
    {
        using var device = factory.Open();
        TestNamespace.Ip("link", "set", "tun0", "down");
        TestNamespace.Ip("link", "set", "tun0", "name", "other");
        Assert.False(factory.IsHealthy());
        TestNamespace.Ip("link", "add", "tun0", "type", "veth", "peer", "name", "peer0");
        TestNamespace.Ip("link", "set", "tun0", "up");

        Assert.False(factory.IsHealthy());
    });

    [SkippableFact]
    public void Device_should_leave_nothing_behind_when_it_was_ours() => _namespace.Run(() =>
    {
        var before = HostState.Read();
        using (var journal = HostJournal.Open(_state.Path, "tun0"))
        using (var factory = new TunDeviceFactory(Options, journal))
        using (factory.Open())
        {
            Assert.NotEqual(before, HostState.Read());
        }

        Assert.Equal(before, HostState.Read());
    });

    [SkippableFact]
    public void Attached_device_should_stay_and_lose_only_what_was_added() => _namespace.Run(() =>
    {
        MakePersistent();
        var before = HostState.Read();
        using (var journal = HostJournal.Open(_state.Path, "tun0", _warnings.Add))
        using (var factory = new TunDeviceFactory(Options, journal, _warnings.Add))
        {
            using (factory.Open()) AssertConfigured();
        }

        Assert.Equal(before, HostState.Read());
        Assert.Contains("10.9.0.1/24", before);
        Assert.Contains("mtu 1300", before);
        Assert.Empty(_warnings);
    });

    [SkippableFact]
    public void Attached_device_should_be_given_back_by_the_cleanup_when_the_process_was_killed() => _namespace.Run(() =>
    {
        MakePersistent();
        var before = HostState.Read();
        var journal = HostJournal.Open(_state.Path, "tun0");
        using (new TunDeviceFactory(Options, journal).Open()) journal.Abandon();
        Assert.NotEqual(before, HostState.Read());

        var report = HostCleanup.Run(_state.Path);

        Assert.Equal(before, HostState.Read());
        Assert.Empty(report.Failed);
        Assert.Contains("tun0: ip link set dev tun0 up", report.Undone);
    });

    [SkippableFact]
    public void Attached_device_should_need_no_privilege_when_it_is_as_it_should_be() => _namespace.Run(() =>
    {
        MakePersistent();
        foreach (var step in (string[])["link set dev tun0 mtu 1400 up", "link set dev tun0 txqueuelen 700", "-6 address add fd09::1/64 dev tun0",
            "route add 203.0.113.0/24 dev tun0", "-6 route add 2001:db8::/32 dev tun0", "route add 198.51.100.0/24 dev tun0 table 77"])
        {
            TestNamespace.Ip(step.Split(' '));
        }

        var before = HostState.Read();
        using var journal = HostJournal.Open(_state.Path, "tun0", _warnings.Add);
        using var factory = new TunDeviceFactory(Options, journal, _warnings.Add);
        using (factory.Open()) AssertConfigured();
        journal.Dispose();

        Assert.Equal(before, HostState.Read());
        Assert.Empty(_warnings);
    });

    [SkippableFact]
    public void Open_should_name_the_remedy_when_the_kernel_offers_no_tun() => WithFactory(Options, factory =>
    {
        _namespace.HideTunDevice();

        AssertFails(factory, DeviceFault.NotInstalled, "open /dev/net/tun: ENOENT (the kernel offers no TUN: modprobe tun;");
    });

    [SkippableFact]
    public void Open_should_name_the_remedy_when_another_process_holds_the_device() => WithFactory(Options, factory =>
    {
        using var holder = factory.Open();

        AssertFails(factory, DeviceFault.Other, "TUNSETIFF tun0: EBUSY (another process holds this TUN");
    });

    [SkippableFact]
    public void Open_should_wait_when_the_device_is_held_for_a_moment_longer() => WithFactory(Options, factory =>
    {
        var holder = factory.Open();
        using var release = new Timer(_ => holder.Dispose(), null, TimeSpan.FromMilliseconds(50), Timeout.InfiniteTimeSpan);

        using var device = factory.Open();

        Assert.Equal(Options.Name, device.Name);
    });

    [SkippableTheory]
    [InlineData("type", "veth")]
    [InlineData("mode", "tap")]
    public void Open_should_name_the_remedy_when_the_name_is_no_tun(string kind, string value) => WithFactory(Options, factory =>
    {
        if (kind == "mode") TestNamespace.Ip("tuntap", "add", "dev", "tun0", "mode", value);
        else TestNamespace.Ip("link", "add", "tun0", "type", value);

        AssertFails(factory, DeviceFault.Other, "TUNSETIFF tun0: EINVAL (an interface of this name exists and is no TUN");
    });

    [SkippableFact]
    public void Open_should_give_queue_after_queue_of_one_device() => WithFactory(Options with { SeveralQueues = true }, factory =>
    {
        using var first = factory.Open();
        var second = factory.Open();
        Assert.Contains("numqueues 2", TestNamespace.Ip("-d", "link", "show", "dev", "tun0"));
        AssertConfigured();

        second.Dispose();
        TestNamespace.Ip("link", "set", "tun0", "down"); // takes routes along
        using var again = factory.Open();

        AssertConfigured();
        Assert.True(factory.IsHealthy());
        Assert.Empty(_warnings);
    });

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Open_should_name_the_remedy_when_a_persistent_tun_has_other_queues(bool several)
    {
        WithFactory(Options with { SeveralQueues = several }, factory =>
        {
            TestNamespace.Ip(["tuntap", "add", "dev", "tun0", "mode", "tun", .. several ? Array.Empty<string>() : ["multi_queue"]]);
            AssertFails(factory, DeviceFault.Other, "TUNSETIFF tun0: EINVAL (an interface of this name exists and is no TUN with "
                + (several ? "several queues: make it with multi_queue, set udptun.shards to 1" : "a single queue"));
        });
    }

    [SkippableFact]
    public void Open_should_name_the_remedy_when_the_privilege_is_missing()
    {
        using var journal = HostJournal.Open(_state.Path, "tunpriv0");
        TestCapabilities.WithoutNetworkPrivileges(() =>
        {
            using var factory = new TunDeviceFactory(Options with { Name = "tunpriv0" }, journal);
            AssertFails(factory, DeviceFault.Privilege, "TUNSETIFF tunpriv0: EPERM (needs CAP_NET_ADMIN");
        });
    }

    [SkippableFact]
    public void Open_should_leave_ipv6_out_with_a_warning_when_the_host_has_it_off() => _namespace.Run(() =>
    {
        Sysctl.Write("net/ipv6/conf/all/disable_ipv6", "1");
        Sysctl.Write("net/ipv6/conf/default/disable_ipv6", "1");
        using var journal = HostJournal.Open(_state.Path, "tun0");
        using var factory = new TunDeviceFactory(Options, journal, _warnings.Add);
        using var device = factory.Open();

        Assert.Equal(2, _warnings.Count);
        Assert.Contains("fd09::1/64 is left out", _warnings[0]);
        Assert.Contains("2001:db8::/32 is left out", _warnings[1]);
        Assert.Contains("10.9.0.1/24", TestNamespace.Ip("address", "show", "dev", "tun0"));
    });

    private static void MakePersistent()
    {
        TestNamespace.Ip("tuntap", "add", "dev", "tun0", "mode", "tun");
        TestNamespace.Ip("link", "set", "dev", "tun0", "mtu", "1300", "addrgenmode", "none");
        TestNamespace.Ip("address", "add", "10.9.0.1/24", "dev", "tun0");
    }

    private static void AssertConfigured()
    {
        using var links = JsonDocument.Parse(TestNamespace.Ip("-j", "address", "show", "dev", "tun0"));
        var link = links.RootElement[0];
        Assert.Equal(1400, link.GetProperty("mtu").GetInt32());
        Assert.Equal(700, link.GetProperty("txqlen").GetInt32());
        Assert.Contains("UP", link.GetProperty("flags").EnumerateArray().Select(flag => flag.GetString()));
        var addresses = link.GetProperty("addr_info").EnumerateArray()
            .Select(entry => $"{entry.GetProperty("local")}/{entry.GetProperty("prefixlen")}")
            .Where(address => !address.StartsWith("fe80"));
        Assert.Equal(["10.9.0.1/24", "fd09::1/64"], addresses);
        Assert.Contains("203.0.113.0/24 dev tun0", TestNamespace.Ip("route"));
        Assert.Contains("2001:db8::/32 dev tun0", TestNamespace.Ip("-6", "route"));
        Assert.Contains("198.51.100.0/24 dev tun0", TestNamespace.Ip("route", "show", "table", "77"));
    }

    private static void AssertFails(TunDeviceFactory factory, DeviceFault fault, string start)
    {
        var failure = Assert.Throws<DeviceUnavailableException>(() => factory.Open());
        Assert.StartsWith(start, failure.Message);
        Assert.Equal(fault, failure.Fault);
    }

    private void WithFactory(TunDeviceOptions options, Action<TunDeviceFactory> test) => _namespace.Run(() =>
    {
        using var journal = HostJournal.Open(_state.Path, options.Name);
        using var factory = new TunDeviceFactory(options, journal, _warnings.Add);
        test(factory);
    });
}
