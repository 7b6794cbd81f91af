using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests.WireGuard;

/// <summary>What a client whose server does not answer tells its user, and what the server tells its own.</summary>
public sealed class ClientLifeTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [SkippableFact]
    [Trait(OffloadPass.Trait, OffloadPass.Unused)]
    public async Task Closed_port_should_be_told_from_silence_and_be_forgotten_when_the_server_comes()
    {
        await using var net = new Topology(output);
        using var files = new SecureFiles();
        var client = net.Launch(net.Client, "--role", "client", "--config", files.ClientConf("10.77.1.1"));
        await client.UntilLogged("the port is closed", Patience);
        Assert.Contains("no session, after", Status(net));
        Assert.Contains("the port is closed", Status(net));

        await StartServer(net, files.ServerArguments);
        await client.UntilLogged("has a session", Patience);
        Assert.DoesNotContain("no session", Status(net));
    }

    [SkippableFact]
    [Trait(OffloadPass.Trait, OffloadPass.Unused)]
    public async Task Server_should_tell_of_a_client_that_is_not_its_own_and_the_client_of_silence()
    {
        await using var net = new Topology(output);
        using var files = new SecureFiles();
        var peers = Path.Combine(net.StateDirectory, "no-peers");
        var server = await StartServer(net, [.. files.ServerArguments, "--set", $"udptun.secure.peers-directory={peers}"]);
        var client = net.Launch(net.Client, "--role", "client", "--config", files.ClientConf("10.77.1.1"));
        await server.UntilLogged("calls of peers that are not ours since this was last said: 1,", Patience);
        await client.UntilLogged("no answer: ", Patience);
        Assert.Contains("UnknownPeer", net.Try(net.Server, "status").Output);
    }

    /// <summary>As at a boot, where the tunnel may be there before the resolver answers.</summary>
    [SkippableTheory]
    [InlineData("secure")]
    [InlineData("plain")]
    public async Task Client_should_wait_until_its_servers_name_has_an_address(string transport)
    {
        await using var net = new Topology(output);
        using var files = new SecureFiles();
        var isSecure = transport == "secure";
        if (isSecure) await StartServer(net, files.ServerArguments);
        else await net.StartServer();
        var hosts = Path.Combine(net.StateDirectory, "hosts");
        File.WriteAllText(hosts, "127.0.0.1 localhost\n");
        var before = HostSnapshot.Take(net.Client);

        var stopped = Launch();
        await stopped.UntilLogged("the server 'late.example' has no address: ", Patience);
        Assert.Matches(@"server +late\.example:9877, no session, the server 'late\.example' has no address: ", Status(net));
        Assert.Contains("carries nothing yet: the server 'late.example'", net.Try(net.Client, "flows").Error);
        Assert.Equal(before, HostSnapshot.Take(net.Client));
        Assert.Equal(0, await stopped.Stop());

        var client = Launch();
        await client.UntilLogged("has no address: ", Patience);
        File.AppendAllText(hosts, "10.77.1.1 late.example\n");
        await client.UntilReady();
        Assert.Contains("1 received", net.Client.Ping(1, "203.0.113.10"));
        Assert.DoesNotContain("has no address", Status(net));
        Assert.Single(client.Log.Split('\n'), line => line.Contains("has no address", StringComparison.Ordinal));

        // With a file of its own in the place of /etc/hosts.
        TunnelProcess Launch() => net.LaunchForeign(net.Client,
        [
            "unshare", "--mount", "sh", "-c", $"mount --bind {hosts} /etc/hosts && exec \"$@\"", "sh", TunnelProcess.Program, "--role", "client",
            .. isSecure ? ["--config", files.ClientConf("late.example")] : (string[])[.. Topology.Plain, "--server", "late.example", "--route", "203.0.113.0/24"],
            "--state-directory", net.StateDirectory, "--set", "udptun.line.warm-up=short",
        ]);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait(OffloadPass.Trait, OffloadPass.Unused)]
    public async Task Client_that_waits_should_take_its_edited_conf_whole_and_end_by_no_signal_that_elsewhere_does_not(bool bySignal)
    {
        await using var net = new Topology(output);
        using var files = new SecureFiles();
        await StartServer(net, files.ServerArguments);
        var conf = files.ClientConf("nowhere.invalid");
        var client = net.Launch(net.Client, "--role", "client", "--config", conf);
        await client.UntilLogged("the server 'nowhere.invalid' has no address: ", Patience);
        client.Signal(Libc.SIGUSR1);
        await client.UntilPrinted("0 sessions on 0 mappings", Patience);

        Edit(conf, "MTU = none\nAddress = ", "Address = ");
        if (bySignal) client.Signal(Libc.SIGHUP);
        else Assert.Contains("nothing is changed: ", net.Try(net.Client, "config", "reload").Error);
        await client.UntilLogged("nothing is changed: ", Patience);

        // MTU is not live: a line that stood would wait for its restart.
        Edit(conf, "MTU = 1290", "MTU = none");
        Edit(conf, "10.77.1.1", "nowhere.invalid");
        if (bySignal) client.Signal(Libc.SIGHUP);
        else Assert.Matches(@"has taken:\n[^$]*udptun\.tun\.mtu +auto +1290 ", Reload(net));
        await client.UntilReady();
        Assert.Contains("1 received", net.Client.Ping(1, "203.0.113.10"));
        Assert.Contains("mtu 1290", net.Client.Run("ip", "link", "show", "clienttun"));
    }

    [SkippableFact]
    public async Task Second_endpoint_should_be_used_when_the_first_is_dead_though_a_route_covers_it()
    {
        await using var net = new Topology(output);
        using var files = new SecureFiles();
        net.GiveClientDefaultRoute();
        await StartServer(net, files.ServerArguments);
        var client = net.Launch(net.Client, ["--role", "client", .. files.ClientArguments("10.77.1.200:9877", $"{Topology.DistantServer}:9877"),
            "--route", "10.77.0.0/24", "--route", "203.0.113.0/24"]);
        await client.UntilLogged($"has a session, at {Topology.DistantServer}", Patience);
        Assert.Contains("1 received", net.Client.Ping(1, "203.0.113.10"));
    }

    [SkippableFact]
    public async Task Conf_that_is_edited_should_be_taken_without_ending_a_flow_and_what_waits_be_named()
    {
        await using var net = new Topology(output);
        using var files = new SecureFiles();
        net.GiveClientDefaultRoute();
        await StartServer(net, files.ServerArguments);
        var conf = files.ClientConf("10.77.1.1");
        var client = net.Launch(net.Client, "--role", "client", "--config", conf);
        await client.UntilReady();
        await client.UntilLogged("has a session, at 10.77.1.1", Patience);
        using var download = new EndlessDownload(net);
        await download.GoesOn();

        Edit(conf, $"Endpoint = {Topology.DistantServer}:9877\nPersistentKeepalive = 7", "Endpoint = 10.77.1.1:9877");
        Assert.Matches(@"udptun\.client\.server +""10\.77\.1\.1:9877"" +""\S+:9877"" [^$]*\n1 peer: 0 added, 1 changed", Reload(net));
        await Eventually.Holds("the server is elsewhere", Patience, () => Status(net).Contains($"{Topology.DistantServer}:9877\n", StringComparison.Ordinal));
        await download.GoesOn();

        var former = files.RenewPresharedKey();
        Assert.Contains("1 peer: 0 added, 1 changed", net.Try(net.Server, "config", "reload").Output);
        Edit(conf, files.PresharedKey, former);
        Assert.Contains("1 peer: 0 added, 1 changed", Reload(net));
        await download.GoesOn();

        Edit(conf, "203.0.113.7:9877", $"{Topology.DistantServer}:9877");
        Edit(conf, "MTU = 1300\nAddress = ", "Address = ");
        var waiting = Reload(net);
        Assert.Contains("a route leads to it into the tunnel", waiting);
        Assert.Contains("udptun.tun.mtu", waiting);
        Assert.True(await download.EndsWhole());
    }

    [SkippableFact]
    public async Task Datagrams_should_keep_out_of_a_route_that_their_servers_name_may_lead_into()
    {
        await using var net = new Topology(output);
        using var files = new SecureFiles();
        await net.Launch(net.Client, "--role", "client", "--config", files.ClientConf("localhost")).UntilReady();
        Assert.Matches(@"from all to 203\.0\.113\.0/24 lookup main suppress_prefixlength 24\n.*not from all fwmark 0x\w+ lookup", net.Client.Run("ip", "rule", "show"));
    }

    private static string Reload(Topology net) => net.Try(net.Client, "config", "reload").Output;

    private static void Edit(string conf, string now, string before)
    {
        var text = File.ReadAllText(conf);
        Assert.Contains(before, text);
        File.WriteAllText(conf, text.Replace(before, now, StringComparison.Ordinal));
    }

    private static string Status(Topology net) => net.Try(net.Client, "status").Output;

    private static async Task<TunnelProcess> StartServer(Topology net, IReadOnlyList<string> arguments)
    {
        var server = net.Launch(net.Server, ["--role", "server", "--exit", "masquerade", .. TunnelTopology.OneShard, .. arguments]);
        await server.UntilReady();
        return server;
    }
}
