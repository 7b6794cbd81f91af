using UdpTun.EndToEnd.Tests.Harness;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>Debian's wireguard-go and wg against our server, our client and our control of both.</summary>
public sealed class WireGuardPeersTests(ITestOutputHelper output)
{
    private const int PeerAtServer = 9877;

    // wg looks for its sockets in one directory, whatever the namespace: names have to be of this process alone.
    private static readonly string OurDevice = $"u{Environment.ProcessId}";
    private static readonly string TheirDevice = $"w{Environment.ProcessId}";

    [SkippableFact]
    public async Task Peers_should_come_and_go_on_a_running_server_and_wg_should_see_them()
    {
        await using var net = new Topology(output);
        await StartServer(net);

        var added = AddPeer(net, "laptop", "10.77.1.1");
        Assert.Contains($"{OurDevice} has taken it: 1 peer, 1 added, 0 changed, 0 removed", added);
        var client = net.Launch(net.Client, "--role", "client", "--config", Conf(net, "laptop"), "--route", "203.0.113.0/24");
        await client.UntilReady();
        Assert.Contains("3 received", net.Client.Ping(3, "203.0.113.10"));

        var shown = "";
        // The responder counts a handshake when the peer's actor has looked at what has come since.
        await Eventually.Holds("wg shows a handshake", TimeSpan.FromSeconds(20), () =>
            (shown = net.Server.Run("wg", "show", OurDevice)).Contains("latest handshake: ", StringComparison.Ordinal));
        Assert.Contains("allowed ips: 10.61.0.2/32, fd61::2/128", shown);
        Assert.Contains("preshared key: (hidden)", shown);
        Assert.Contains($"listening port: {PeerAtServer}", shown);
        Assert.Contains("Endpoint = 10.77.1.2:", net.Server.Run("wg", "showconf", OurDevice));

        AddPeer(net, "phone", "10.77.2.1");
        Assert.Contains("3 received", net.Client.Ping(3, "203.0.113.10"));
        File.AppendAllText(Path.Combine(net.StateDirectory, "peers", "laptop.conf"), "denied-destinations = [\"203.0.113.0/24\"]\n");
        Assert.Contains("2 peers: 0 added, 1 changed, 0 removed", net.Try(net.Server, "config", "reload", "--instance", OurDevice).Output);
        Assert.Contains("Packet filtered", net.Client.Try("ping", "-c3", "-i0.2", "-W1", "203.0.113.10").Output);
        Udptun(net, "peer", "remove", "laptop");
        Assert.DoesNotContain("10.61.0.2/32", net.Server.Run("wg", "show", OurDevice));
        Assert.Contains(" 0 received", net.Client.Try("ping", "-c3", "-i0.2", "-W1", "203.0.113.10").Output);
    }

    [SkippableFact]
    public async Task Wg_should_change_the_peers_of_a_running_server()
    {
        await using var net = new Topology(output);
        await StartServer(net);
        AddPeer(net, "laptop", "10.77.1.1");
        var key = net.Server.Run("wg", "show", OurDevice, "peers").Trim();
        var saved = Path.Combine(net.StateDirectory, "saved.conf");
        File.WriteAllText(saved, net.Server.Run("wg", "showconf", OurDevice));

        net.Server.Run("wg", "set", OurDevice, "peer", key, "persistent-keepalive", "25", "allowed-ips", "10.61.0.9/32");
        var changed = net.Server.Run("wg", "show", OurDevice);
        net.Server.Run("wg", "syncconf", OurDevice, saved);
        var again = net.Server.Run("wg", "show", OurDevice);
        net.Server.Run("wg", "set", OurDevice, "peer", key, "remove");

        Assert.Contains("allowed ips: 10.61.0.9/32\n", changed);
        Assert.Contains("persistent keepalive: every 25 seconds", changed);
        Assert.Contains("allowed ips: 10.61.0.2/32, fd61::2/128", again);
        Assert.Equal("", net.Server.Run("wg", "show", OurDevice, "peers"));
        var refused = net.Server.Try("wg", "set", OurDevice, "listen-port", "7");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("Invalid argument", refused.Error);
    }

    [SkippableFact]
    public async Task Wireguard_go_should_be_a_client_of_our_server()
    {
        await using var net = new Topology(output);
        await StartServer(net);
        AddPeer(net, "box", "10.77.1.1");

        await StartWireGuardGo(net, net.Client, WgConf(net, "box"), "10.61.0.2/32", "203.0.113.0/24");

        Assert.Contains("5 received", net.Client.Ping(5, "203.0.113.10"));
        // From another port now, as behind a NAT that has forgotten it: the server follows.
        net.Client.Run("wg", "set", TheirDevice, "listen-port", "51821");
        Assert.Contains("5 received", net.Client.Ping(5, "203.0.113.10"));
        Assert.Contains("endpoint: 10.77.1.2:51821", net.Server.Run("wg", "show", OurDevice));
    }

    [SkippableFact]
    public async Task Wireguard_go_should_be_the_server_of_our_client()
    {
        await using var net = new Topology(output);
        var (server, client, shared) = (NewKey(net), NewKey(net), net.Server.Run("wg", "genpsk").Trim());
        var theirs = Path.Combine(net.StateDirectory, "theirs.conf");
        File.WriteAllText(theirs,
            $"[Interface]\nPrivateKey = {server.Private}\nListenPort = 51820\n[Peer]\nPublicKey = {client.Public}\nPresharedKey = {shared}\nAllowedIPs = 10.61.0.2/32\n");
        await StartWireGuardGo(net, net.Server, theirs, "10.61.0.1/24");
        var ours = Path.Combine(net.StateDirectory, "ours.conf");
        File.WriteAllText(ours,
            $"[Interface]\nPrivateKey = {client.Private}\nAddress = 10.61.0.2/32\n[Peer]\nPublicKey = {server.Public}\nPresharedKey = {shared}\n"
            + "AllowedIPs = 10.61.0.1/32\nEndpoint = [fd77:1::1]:51820\n");
        Command.Run("chmod", "600", ours);

        await net.Launch(net.Client, "--role", "client", "--config", ours).UntilReady();

        Assert.Contains("5 received", net.Client.Ping(5, "10.61.0.1"));
        Assert.Contains("endpoint: [fd77:1::2]:", net.Server.Run("wg", "show", TheirDevice));
    }

    private static string Conf(Topology net, string name) => Path.Combine(net.StateDirectory, $"{name}.conf");

    private static string[] Secrets(Topology net) =>
    [
        "--set", $"udptun.secure.private-key-file={net.StateDirectory}/private.key", "--set", $"udptun.secure.peers-directory={net.StateDirectory}/peers",
    ];

    private static async Task StartServer(Topology net) => await net.Launch(net.Server,
        ["--role", "server", "--exit", "masquerade", "--tun", OurDevice, .. Secrets(net)]).UntilReady();

    private static string Udptun(Topology net, params string[] arguments) => net.Server.Run(
        [TunnelProcess.Program, .. arguments, .. Secrets(net), "--set", $"udptun.state-directory={net.StateDirectory}"]);

    private static string AddPeer(Topology net, string name, string endpoint) =>
        Udptun(net, "peer", "add", name, "--endpoint", endpoint, "--output", Conf(net, name));

    private static (string Private, string Public) NewKey(Topology net)
    {
        var key = net.Server.Run("wg", "genkey").Trim();
        return (key, Command.Run($"{key}\n", ["wg", "pubkey"]).Trim());
    }

    /// <summary>What wg alone understands of a conf.</summary>
    private static string WgConf(Topology net, string name)
    {
        var stripped = Path.Combine(net.StateDirectory, $"{name}.wg");
        File.WriteAllText(stripped, Command.Run("wg-quick", "strip", Conf(net, name)));
        return stripped;
    }

    private static async Task StartWireGuardGo(Topology net, NetworkNamespace host, string conf, string address, params string[] routes)
    {
        net.LaunchForeign(host, "wireguard-go", "-f", TheirDevice);
        await Eventually.Holds("wireguard-go opens its socket", TunnelProcess.StartLimit, () => File.Exists($"/run/wireguard/{TheirDevice}.sock"));
        host.Run("wg", "setconf", TheirDevice, conf);
        host.Ip([$"addr add {address} dev {TheirDevice}", $"link set {TheirDevice} up", .. routes.Select(route => $"route add {route} dev {TheirDevice}")]);
    }
}
