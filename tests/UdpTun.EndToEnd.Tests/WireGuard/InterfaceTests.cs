using System.Net;
using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests.WireGuard;

/// <summary>Our program as a plain WireGuard interface, made by Debian's wg-quick, wg and ip, beside Debian's wireguard-go.</summary>
public sealed class InterfaceTests(ITestOutputHelper output)
{
    private const int Port = 51820;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly IPAddress OurInner = IPAddress.Parse("10.66.0.1"), TheirInner = IPAddress.Parse("10.66.0.2");

    // The sockets of all namespaces lie in one directory.
    private static readonly string Ours = $"uq{Environment.ProcessId}", Theirs = $"gq{Environment.ProcessId}";

    [SkippableFact]
    public async Task Wg_quick_should_start_change_and_end_it()
    {
        await using var net = new Topology(output);
        var keys = new Keys();
        var ours = Write(net, Ours, $"{keys.OurInterface}\nAddress = 10.66.0.1/24, fd66::1/64\n{keys.TheirPeer("")}");
        var theirs = Write(net, Theirs, $"{keys.TheirInterface}\nAddress = 10.66.0.2/24, fd66::2/64\n{keys.OurPeer("Endpoint = 10.77.1.1:51820")}");
        WgQuick(net.Server, TunnelProcess.Program, "up", ours);
        try
        {
            WgQuick(net.Client, "wireguard-go", "up", theirs);
            await ExpectTraffic(net);
            Assert.Contains("mtu 1420", net.Server.Run("ip", "link", "show", Ours));

            // Live: port, mark and peers, each without a gap that a ping of the other side would not survive.
            net.Server.Run("wg", "set", Ours, "listen-port", "51999", "fwmark", "77");
            var shown = net.Server.Run("wg", "show", Ours);
            Assert.Contains("listening port: 51999", shown);
            Assert.Contains("fwmark: 0x4d", shown);
            await Eventually.Holds("the socket is the new one", Patience, () => net.Server.Run("ss", "-Hulne") is var sockets
                && sockets.Contains("*:51999 ", StringComparison.Ordinal) && sockets.Contains("fwmark:0x4d", StringComparison.Ordinal)
                && !sockets.Contains($":{Port} ", StringComparison.Ordinal));
            await Eventually.Holds("it calls from its new port", Patience, () => Answers(net.Server, TheirInner));
            Assert.Contains("endpoint: 10.77.1.1:51999", net.Client.Run("wg", "show", Theirs));

            // An endpoint that is set is where the next datagram goes, also when the peer has moved since it was set to the same.
            string[] elsewhere = ["wg", "set", Ours, "peer", keys.TheirPublic, "endpoint", "10.77.1.77:7"];
            foreach (var time in (string[])["first", "second"])
            {
                net.Server.Run(elsewhere);
                Assert.Contains("10.77.1.77:7", net.Server.Run("wg", "show", Ours, "endpoints"));
                await Eventually.Holds($"it is heard where it is, for the {time} time", Patience, () => Answers(net.Client, OurInner));
                Assert.DoesNotContain("10.77.1.77", net.Server.Run("wg", "show", Ours, "endpoints"));
            }

            // So it is for a new peer.
            net.Server.Run("wg", "set", Ours, "peer", keys.OthersPublic, "endpoint", "10.77.1.78:7");
            Assert.Contains($"{keys.OthersPublic}\t10.77.1.78:7", net.Server.Run("wg", "show", Ours, "endpoints"));

            // An interface that is set down and up again is the same one; its packets are refused meanwhile.
            net.Server.Ip($"link set {Ours} down");
            Assert.False(Answers(net.Client, OurInner));
            net.Server.Ip($"link set {Ours} up");
            await Eventually.Holds("it answers again", Patience, () => Answers(net.Client, OurInner));
        }
        finally
        {
            net.Client.Try(["wg-quick", "down", theirs]);
            WgQuick(net.Server, TunnelProcess.Program, "down", ours);
        }

        await Eventually.Holds("the program has ended", Patience, () => !File.Exists($"/run/wireguard/{Ours}.sock") && !Runs(Ours));
    }

    [SkippableFact]
    public async Task Foreground_should_take_another_key_and_end_with_its_device()
    {
        await using var net = new Topology(output);
        var (keys, others) = (new Keys(), new Keys());
        var daemon = TunnelProcess.StartForeign(net.Server, "env", "LOG_LEVEL=verbose", TunnelProcess.Program, "-f", Ours);
        await using var _ = daemon;
        await Eventually.Holds("wg sees it", Patience, () => net.Server.Try("wg", "show", Ours).ExitCode == 0);
        Assert.DoesNotContain("public key", net.Server.Run("wg", "show", Ours));
        Assert.DoesNotContain("UP", net.Server.Run("ip", "-br", "link", "show", Ours).Split('<')[^1]);
        net.Server.Run("wg", "setconf", Ours, Write(net, Ours, $"{keys.OurInterface}\n{keys.TheirPeer("")}"));
        net.Server.Ip($"addr add 10.66.0.1/24 dev {Ours}", $"link set {Ours} up");
        var theirs = Write(net, Theirs, $"{keys.TheirInterface}\nAddress = 10.66.0.2/24\n{keys.OurPeer("Endpoint = 10.77.1.1:51820")}");
        WgQuick(net.Client, "wireguard-go", "up", theirs);
        try
        {
            await Eventually.Holds("both talk", Patience, () => Answers(net.Client, OurInner));

            // Another key is another interface: the peer knows it no more, and does when the key is back.
            net.Server.Run(["wg", "set", Ours, "private-key", Write(net, "other.key", others.OurPrivate)]);
            Assert.Contains(others.OurPublic, net.Server.Run("wg", "show", Ours));
            Assert.False(Answers(net.Client, OurInner));
            net.Server.Run("wg", "syncconf", Ours, Path.Combine(net.StateDirectory, $"{Ours}.conf"));
            // The peer tries again when its own timers say so, and for a packet at once when ours calls it.
            await Eventually.Holds("both talk again", TimeSpan.FromSeconds(60), () => Answers(net.Server, TheirInner));
        }
        finally
        {
            net.Client.Try(["wg-quick", "down", theirs]);
        }

        net.Server.Ip($"link del {Ours}");
        Assert.Equal(0, await daemon.UntilExited(Patience));
        Assert.False(File.Exists($"/run/wireguard/{Ours}.sock"));
    }

    [SkippableFact]
    public async Task Interface_should_go_on_in_another_namespace_and_under_another_name()
    {
        await using var net = new Topology(output);
        var keys = new Keys();
        await using var daemon = TunnelProcess.StartForeign(net.Server, "env", "LOG_LEVEL=verbose", TunnelProcess.Program, "-f", Ours);
        await Eventually.Holds("wg sees it", Patience, () => File.Exists($"/run/wireguard/{Ours}.sock") && net.Server.Try("wg", "show", Ours).ExitCode == 0);
        net.Server.Run("wg", "setconf", Ours, Write(net, Ours, $"{keys.OurInterface}\n{keys.TheirPeer("")}"));
        // As for a container whose only way out is the tunnel: the datagrams stay where it was made.
        net.Server.Ip($"link set {Ours} netns {net.Internet.Name}");
        net.Internet.Ip($"link set {Ours} name inside0", "addr add 10.66.0.1/24 dev inside0", "link set inside0 up");
        var theirs = Write(net, Theirs, $"{keys.TheirInterface}\nAddress = 10.66.0.2/24\n{keys.OurPeer("Endpoint = 10.77.1.1:51820")}");
        WgQuick(net.Client, "wireguard-go", "up", theirs);
        try
        {
            await Eventually.Holds("both talk", Patience, () => Answers(net.Client, OurInner));
            // Devices are looked at every second.
            Assert.Equal(0, await SteadyPing.Lost(net, net.Client, $"{OurInner}", interval: "0.2", count: 20));
        }
        finally
        {
            net.Client.Try(["wg-quick", "down", theirs]);
        }

        net.Internet.Ip("link del inside0");
        Assert.Equal(0, await daemon.UntilExited(Patience));
    }

    [SkippableFact]
    public async Task Background_start_should_fail_with_a_sentence_when_the_name_is_taken()
    {
        await using var net = new Topology(output);
        var refused = net.Server.Try(TunnelProcess.Program, "wan0");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("TUNSETIFF wan0: EINVAL", refused.Error);
        Assert.False(Runs("wan0"));
    }

    private static async Task ExpectTraffic(Topology net)
    {
        await Eventually.Holds("we answer them", Patience, () => Answers(net.Client, OurInner));
        net.Server.Ping(1, $"{TheirInner}");
        Assert.Contains("3 received", net.Client.Ping(3, "fd66::1"));
        net.Use(new HttpHost(net.Server, OurInner));
        using var visitor = new HttpVisitor(net.Client);
        var payload = new Payload(Seed: 5, 10_000_000);
        Assert.Equal((payload.Sha256(), $"{TheirInner}"), await visitor.Download(OurInner, payload));
        Assert.Equal((payload.Sha256(), $"{TheirInner}"), await visitor.Upload(OurInner, payload));
    }

    private static bool Answers(NetworkNamespace host, IPAddress address) => host.Try("ping", "-c1", "-W1", $"{address}").ExitCode == 0;

    private static void WgQuick(NetworkNamespace host, string program, string word, string conf) =>
        host.Run("env", $"WG_QUICK_USERSPACE_IMPLEMENTATION={program}", $"DOTNET_ROOT={TunnelProcess.Runtime}", "wg-quick", word, conf);

    private static string Write(Topology net, string name, string text)
    {
        var file = Path.Combine(net.StateDirectory, name.Contains('.') ? name : $"{name}.conf");
        File.WriteAllText(file, $"{text}\n");
        Command.Run("chmod", "600", file);
        return file;
    }

    /// <summary>Whether a process of ours serves an interface of that name.</summary>
    private static bool Runs(string name) => Directory.EnumerateDirectories("/proc").Any(process =>
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline")).EndsWith($"--foreground\0{name}\0", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // no process, or one that has just ended
        }
    });

    private sealed class Keys
    {
        private readonly string _theirs = Command.Run("wg", "genkey").Trim(), _shared = Command.Run("wg", "genpsk").Trim();

        public string OurPrivate { get; } = Command.Run("wg", "genkey").Trim();

        public string OurPublic => Public(OurPrivate);

        public string OurInterface => $"[Interface]\nPrivateKey = {OurPrivate}\nListenPort = {Port}";

        public string TheirInterface => $"[Interface]\nPrivateKey = {_theirs}";

        public string OurPeer(string more) => Peer(OurPublic, "10.66.0.1/32, fd66::1/128", more);

        public string TheirPublic => Public(_theirs);

        public string OthersPublic { get; } = Public(Command.Run("wg", "genkey").Trim());

        public string TheirPeer(string more) => Peer(TheirPublic, "10.66.0.2/32, fd66::2/128", more);

        private string Peer(string key, string allowed, string more) =>
            $"[Peer]\nPublicKey = {key}\nPresharedKey = {_shared}\nAllowedIPs = {allowed}\n{more}";

        private static string Public(string key) => Command.Run($"{key}\n", ["wg", "pubkey"]).Trim();
    }
}
