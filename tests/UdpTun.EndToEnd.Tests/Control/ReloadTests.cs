using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests.Control;

/// <summary>A server with a client on it takes other settings; a download goes on through all of it.</summary>
public sealed class ReloadTests(ITestOutputHelper output)
{
    private const string Strict = "filtering { udp = address-and-port-dependent, tcp = address-and-port-dependent }";
    private const string Open = "filtering { udp = endpoint-independent, tcp = address-and-port-dependent }";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [SkippableFact]
    public async Task Download_should_go_on_while_timers_filtering_a_mapping_and_the_log_level_change()
    {
        await using var net = new Topology(output);
        var file = Write(net, $"nat {{ {Strict}, timeouts.udp = 300s }}");
        var server = await net.StartServer("port-range", ["--config", file]);
        await net.StartClient(1, "--route", "203.0.113.0/24");
        using var download = new EndlessDownload(net);
        using var inside = net.Client.OpenUdp(new IPEndPoint(IPAddress.Any, 25000));
        var outer = Reachability.OuterOf(net, inside);
        AssertReachedFrom(false, 7101, net, inside, outer);
        await download.GoesOn();

        Write(net, $"nat {{ {Open}, timeouts.udp = 120s, static-mappings = [\"udp 20080 -> 10.61.0.2:8000\"] }}", "log.level = debug");
        var told = net.Try(net.Server, "config", "reload").Output;
        Assert.Matches(@"udptun\.nat\.timeouts\.udp +300s +120s +\S+server\.conf:2\n", told);
        Assert.Contains("udptun.log.level", told);
        await download.GoesOn();
        AssertReachedFrom(true, 7102, net, inside, outer);
        using (var mapped = net.Client.OpenUdp(new IPEndPoint(Topology.InnerClient, 8000)))
        {
            net.Client.TryPing(1, $"{Topology.InternetHost}");
            AssertReachedFrom(true, 7103, net, mapped, new IPEndPoint(Topology.ServerOnInternet, 20080));
        }

        await server.UntilLogged("session opened", Patience); // at debug
        Assert.Equal(outer, Reachability.OuterOf(net, inside)); // the session of the beginning
        Assert.Contains("unreplied : 120", Timers(net));

        Write(net, $"nat {{ {Strict}, timeouts.udp = 60s, port-rest = 60s }}");
        server.Signal(Libc.SIGHUP);
        await server.UntilLogged("reloaded: settings taken 5, waiting for a restart 0", Patience);
        await download.GoesOn();
        AssertReachedFrom(false, 7104, net, inside, outer);
        Assert.Contains("filtering decided by our NAT: UDP address-and-port-dependent", net.Try(net.Server, "status").Output);
        Assert.Contains("udptun.nat.timeouts.udp", net.Try(net.Server, "flow", await UdpFlow(net), "explain").Output);
        Assert.True(await download.EndsWhole());
        Assert.DoesNotContain("ERR", server.Log);
        Assert.Equal(0, await server.Stop());
    }

    [SkippableFact]
    public async Task What_is_wrong_should_change_nothing_and_what_needs_a_restart_be_named()
    {
        await using var net = new Topology(output);
        var file = Write(net, "nat.timeouts.udp = 300s");
        var (server, _) = await net.StartTunnel("--config", file, "--set", "udptun.nat.port-rest=7s");
        using var download = new EndlessDownload(net);

        Write(net, "nat.timeouts.udp = 60s", "log.level = loud");
        var refused = net.Try(net.Server, "config", "reload");
        Assert.Equal((6, ""), (refused.ExitCode, refused.Output));
        Assert.Equal($"udptun: nothing is changed: {file}:3: udptun.log.level is 'loud', but must be one of trace, debug, info, warning, error", refused.Error.Trim());
        server.Signal(Libc.SIGHUP);
        await server.UntilLogged($"reload: nothing is changed: {file}:3: udptun.log.level is 'loud'", Patience);
        await download.GoesOn();

        Write(net, "nat { timeouts.udp = 60s, port-rest = 1s }", "server.listen = \"0.0.0.0:9999\"", "tun.mtu = 1300");
        var report = JsonDocument.Parse(net.Try(net.Server, "config", "reload", "--json").Output).RootElement;
        Assert.Equal(["udptun.nat.timeouts.udp"], Keys(report, "taken")); // the rest is the command line's
        Assert.Equal(["udptun.server.listen", "udptun.tun.mtu"], Keys(report, "needRestart").Order(StringComparer.Ordinal));
        await server.UntilLogged("udptun.server.listen = \"0.0.0.0:9999\" needs a restart, it is \"0.0.0.0:9877\" until then", Patience);
        Assert.True(await download.EndsWhole());
        Assert.Contains(":9877 ", net.Server.Run("ss", "-Hlun"));
    }

    [SkippableFact]
    public async Task Client_should_reload_too_and_the_manager_hear_of_it()
    {
        await using var net = new Topology(output);
        await net.StartServer("masquerade", []);
        var file = Write(net, "log.level = info");
        var path = Path.Combine(net.StateDirectory, "notify");
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(path));
        var client = net.LaunchForeign(net.Client,
        [
            "env", $"NOTIFY_SOCKET={path}", TunnelProcess.Program, "--role", "client", .. Topology.Plain, "--server", "10.77.1.1",
            "--state-directory", net.StateDirectory, "--config", file,
        ]);
        Assert.StartsWith("READY=1", await Receive(manager));

        Write(net, "reopen.min-backoff = 1s", "client.routes = [\"203.0.113.0/24\"]", "nat.ports = \"30000-30999\"");
        client.Signal(Libc.SIGHUP);
        Assert.Matches(@"^RELOADING=1\nMONOTONIC_USEC=\d+$", await Receive(manager));
        Assert.StartsWith("READY=1", await Receive(manager));
        await client.UntilLogged("reloaded: settings taken 1, waiting for a restart 1", Patience);
        Assert.Equal(0, await client.Stop());
    }

    // From a port of its own each time: who has been let in has a session.
    private static void AssertReachedFrom(bool expected, int port, Topology net, Socket inside, IPEndPoint outer) =>
        Reachability.AssertReachedBy(expected, net, new IPEndPoint(Topology.InternetHost, port), inside, outer);

    private static string Write(Topology net, params string[] lines)
    {
        var file = Path.Combine(net.StateDirectory, "server.conf");
        File.WriteAllLines(file, ["udptun {", .. lines, "}"]);
        return file;
    }

    private static IEnumerable<string> Keys(JsonElement report, string part) =>
        report.GetProperty(part).EnumerateArray().Select(change => change.GetProperty("key").GetString()!);

    private static string Timers(Topology net) => net.Server.Run("nft", "list", "ct", "timeout", "inet", "udptun_servertun", "udp_ip_1");

    private static async Task<string> UdpFlow(Topology net)
    {
        var flows = "";
        await Eventually.Holds("the flow is listed", Patience, () => (flows = net.Try(net.Server, "flows", "--protocol", "udp").Output).Contains("udp-", StringComparison.Ordinal));
        return flows.Split([' ', '\n']).First(word => word.StartsWith("udp-", StringComparison.Ordinal));
    }

    private static async Task<string> Receive(Socket manager)
    {
        var buffer = new byte[4096];
        using var limit = new CancellationTokenSource(Patience);
        return Encoding.UTF8.GetString(buffer, 0, await manager.ReceiveAsync(buffer.AsMemory(), SocketFlags.None, limit.Token));
    }
}
