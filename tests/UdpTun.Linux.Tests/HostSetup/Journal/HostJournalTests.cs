using UdpTun.Linux.HostSetup;
using UdpTun.Net.Io;

namespace UdpTun.Linux.Tests.HostSetup;

/// <summary>One namespace with a lo and a state directory. Changes are addresses on lo and settings.</summary>
public sealed class HostJournalTests : IDisposable
{
    private const string Forwarding = "net/ipv4/ip_forward";

    private readonly TestNamespace _namespace = new();
    private readonly TestStateDirectory _state = new();
    private readonly List<string> _warnings = [];

    public void Dispose()
    {
        _namespace.Dispose();
        _state.Dispose();
    }

    [SkippableFact]
    public void Dispose_should_undo_all_changes_and_remove_the_instance() => _namespace.Run(() =>
    {
        var before = HostState.Read();
        using (var journal = Open("a"))
        {
            journal.Make(Address("10.1.1.1/32"));
            journal.Make(Address("10.1.1.2/32"));
            journal.SetSysctl(Forwarding, "1");
            Assert.Contains("10.1.1.2/32", HostState.Read());
        }

        Assert.Equal(before, HostState.Read());
        Assert.Empty(Directory.GetDirectories(_state.Path));
        Assert.Empty(_warnings);
    });

    [SkippableFact]
    public void Changes_should_be_undone_last_first() => _namespace.Run(() =>
    {
        using (var journal = Open("a"))
        {
            journal.Make(Ip("link add veth0 type veth peer name veth1", "link del veth0"));
            journal.Make(Ip("address add 10.1.1.1/32 dev veth0", "address del 10.1.1.1/32 dev veth0"));
        }

        Assert.Empty(_warnings);
    });

    [SkippableFact]
    public void Change_should_be_forgotten_when_it_cannot_be_made() => _namespace.Run(() =>
    {
        using (var journal = Open("a"))
        {
            TestNamespace.Ip("address", "add", "10.1.1.1/32", "dev", "lo");
            var failure = Assert.Throws<DeviceUnavailableException>(() => journal.Make(Address("10.1.1.1/32")));
            Assert.Contains("ip address add 10.1.1.1/32 dev lo: ", failure.Message);
            journal.Make(Address("10.1.1.2/32"));
        }

        Assert.Contains("10.1.1.1/32", HostState.Read());
        Assert.DoesNotContain("10.1.1.2/32", HostState.Read());
    });

    [SkippableFact]
    public void Undoing_should_go_on_and_tell_when_one_change_is_gone_already() => _namespace.Run(() =>
    {
        var before = HostState.Read();
        using (var journal = Open("a"))
        {
            journal.Make(Address("10.1.1.1/32"));
            journal.Make(Address("10.1.1.2/32"));
            TestNamespace.Ip("address", "del", "10.1.1.2/32", "dev", "lo");
        }

        Assert.Equal(before, HostState.Read());
        Assert.StartsWith("not undone: a: ip address del 10.1.1.2/32 dev lo: ", Assert.Single(_warnings));
    });

    [SkippableFact]
    public void Open_should_undo_what_a_killed_instance_left() => _namespace.Run(() =>
    {
        var before = HostState.Read();
        var killed = Open("a");
        killed.Make(Address("10.1.1.1/32"));
        killed.SetSysctl(Forwarding, "1");
        killed.Abandon();

        using var next = Open("a");

        Assert.Equal(before, HostState.Read());
        Assert.Equal("a: undid 2 changes that an earlier run left behind", Assert.Single(_warnings));
    });

    [SkippableFact]
    public void Open_should_refuse_when_an_instance_is_running() => _namespace.Run(() =>
    {
        using var running = Open("a");
        running.Make(Address("10.1.1.1/32"));

        var failure = Assert.Throws<DeviceUnavailableException>(() => Open("a"));

        Assert.Contains("an instance of udptun is already running on a", failure.Message);
        Assert.Contains("10.1.1.1/32", HostState.Read());
        Open("b").Dispose();
    });

    [SkippableFact]
    public void Open_should_serve_the_same_device_in_two_namespaces_at_once()
    {
        using var other = new TestNamespace();
        using var first = _namespace.Run(() => Open("a"));

        using var second = other.Run(() => Open("a"));

        Assert.Equal(2, Directory.GetDirectories(_state.Path).Length);
    }

    [SkippableFact]
    public void Cleanup_should_leave_running_instances_alone() => _namespace.Run(() =>
    {
        using var running = Open("a");
        running.Make(Address("10.1.1.1/32"));
        var killed = Open("b");
        killed.Make(Address("10.1.1.2/32"));
        killed.Abandon();

        var report = HostCleanup.Run(_state.Path);

        Assert.Equal(["b: ip address add 10.1.1.2/32 dev lo"], report.Undone);
        Assert.Equal(["a"], report.Running);
        Assert.Empty(report.Failed);
        Assert.Contains("10.1.1.1/32", HostState.Read());
        Assert.DoesNotContain("10.1.1.2/32", HostState.Read());
    });

    [SkippableFact]
    public void Cleanup_should_have_nothing_to_do_without_a_state_directory() =>
        Assert.Empty(HostCleanup.Run(Path.Combine(_state.Path, "absent")).Undone);

    [SkippableFact]
    public void Cleanup_should_touch_nothing_of_another_namespace_that_had_our_inode() => _namespace.Run(() =>
    {
        TestNamespace.Ip("address", "add", "10.1.1.1/32", "dev", "lo");
        var here = JournalOwner.Current();
        var directory = Directory.CreateDirectory(Path.Combine(_state.Path, $"{here.Inode}-a")).FullName;
        using (var file = JournalFile.Create(Path.Combine(directory, "journal"), here with { Cookie = here.Cookie + 1 }))
            file.Append(Address("10.1.1.1/32"));

        var report = HostCleanup.Run(_state.Path);

        Assert.Empty(report.Undone);
        Assert.Contains("10.1.1.1/32", HostState.Read());
        Assert.False(Directory.Exists(directory));
    });

    [SkippableFact]
    public void Journal_should_be_read_up_to_the_line_that_a_crash_cut_short() => _namespace.Run(() =>
    {
        var killed = Open("a");
        killed.Make(Address("10.1.1.1/32"));
        killed.Abandon();
        var path = Directory.GetFiles(_state.Path, "journal", SearchOption.AllDirectories).Single();
        File.AppendAllText(path, "{\"$type\":\"comm");

        Assert.Equal(["a: ip address add 10.1.1.1/32 dev lo"], HostCleanup.Run(_state.Path).Undone);
    });

    [SkippableTheory]
    [InlineData("not JSON")]
    [InlineData("null")]
    [InlineData("{\"$type\":\"unheard-of\"}")]
    [InlineData("{\"$type\":\"command\",\"Do\":[\"ip\"],\"Undo\":[]}")]
    [InlineData("{\"$type\":\"command\",\"Do\":[\"ip\"],\"Undo\":[null]}")]
    [InlineData("{\"$type\":\"sysctl\",\"Key\":\"net/ipv4/ip_forward\"}")]
    [InlineData("{\"$type\":\"reserved-ports\",\"Added\":\"1-99999\"}")]
    public void Damaged_line_should_be_told_and_what_stands_before_it_be_undone(string line) => _namespace.Run(() =>
    {
        var killed = Open("a");
        killed.Make(Address("10.1.1.1/32"));
        killed.Abandon();
        var path = Directory.GetFiles(_state.Path, "journal", SearchOption.AllDirectories).Single();
        File.AppendAllText(path, line + "\n");

        Open("a").Dispose();

        Assert.DoesNotContain("10.1.1.1/32", HostState.Read());
        Assert.Contains(_warnings, warning => warning.Contains($"a: line 3 of {path} cannot be read"));
    });

    [SkippableFact]
    public void Shared_setting_should_be_restored_by_the_last_instance() => _namespace.Run(() =>
    {
        var first = Open("a");
        var second = Open("b");
        first.SetSysctl(Forwarding, "1");
        second.SetSysctl(Forwarding, "1");

        first.Dispose();
        Assert.Equal("1", Sysctl.TryRead(Forwarding));
        second.Dispose();
        Assert.Equal("0", Sysctl.TryRead(Forwarding));
    });

    [SkippableFact]
    public void Shared_setting_should_not_wait_for_a_crashed_instance() => _namespace.Run(() =>
    {
        var crashed = Open("a");
        crashed.SetSysctl(Forwarding, "1");
        crashed.Abandon();
        var last = Open("b");
        last.SetSysctl(Forwarding, "1");

        last.Dispose();

        Assert.Equal("0", Sysctl.TryRead(Forwarding));
    });

    [SkippableFact]
    public void Shared_setting_should_stay_for_the_living_when_a_crashed_instance_is_cleaned_up() => _namespace.Run(() =>
    {
        var crashed = Open("a");
        crashed.SetSysctl(Forwarding, "1");
        crashed.Abandon();
        var living = Open("b");
        living.SetSysctl(Forwarding, "1");

        HostCleanup.Run(_state.Path);
        Assert.Equal("1", Sysctl.TryRead(Forwarding));
        living.Dispose();
        Assert.Equal("0", Sysctl.TryRead(Forwarding));
    });

    [SkippableFact]
    public void Shared_setting_should_be_left_alone_when_somebody_else_changed_it() => _namespace.Run(() =>
    {
        Sysctl.Write("net/ipv4/conf/all/rp_filter", "0");
        using (var journal = Open("a"))
        {
            journal.SetSysctl("net/ipv4/conf/all/rp_filter", "1");
            Sysctl.Write("net/ipv4/conf/all/rp_filter", "2");
        }

        Assert.Equal("2", Sysctl.TryRead("net/ipv4/conf/all/rp_filter"));
    });

    private static CommandChange Address(string address) => Ip($"address add {address} dev lo", $"address del {address} dev lo");

    private static CommandChange Ip(string change, string undo) => new(["ip", .. change.Split(' ')], ["ip", .. undo.Split(' ')]);

    private HostJournal Open(string device) => HostJournal.Open(_state.Path, device, _warnings.Add);
}
