using System.Globalization;
using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests.WireGuard;

/// <summary>New keys in the middle of traffic, with Debian's wireguard-go at the other end, whose own times are the standard's.</summary>
public sealed class RekeyTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // The sockets of all namespaces lie in one directory, and the tests of one class never run side by side.
    private static readonly string Theirs = $"rk{Environment.ProcessId}";

    [SkippableTheory]
    [InlineData("rekey-after=2s")]
    [InlineData("rekey-after-messages=50")]
    public async Task Client_should_agree_on_new_keys_in_time_and_lose_no_packet(string early)
    {
        await using var net = new Topology(output);
        using var files = new SecureFiles();
        net.LaunchForeign(net.Server, "wireguard-go", "-f", Theirs);
        await Eventually.Holds("wireguard-go is up", Patience, () => net.Server.Try("wg", "show", Theirs).ExitCode == 0);
        net.Server.Run("wg", "setconf", Theirs, files.ServerSetConf());
        net.Server.Ip($"addr add 10.61.0.1/24 dev {Theirs}", $"link set {Theirs} mtu 1420 up");
        net.Launch(net.Client, "--role", "client", "--config", files.ClientConf("10.77.1.1"), "--set", $"udptun.secure.times.{early}");
        await Eventually.Holds("wireguard-go answers", Patience, () => net.Client.Try("ping", "-c1", "-W1", "10.61.0.1").ExitCode == 0);
        var first = LatestHandshake(net);

        // Each 0.05 s for 10 s: keys of 2 s are replaced several times, and so are those of 50 datagrams.
        Assert.Equal(0, await SteadyPing.Lost(net, net.Client, "10.61.0.1", interval: "0.05", count: 200));

        Assert.InRange(LatestHandshake(net), first + 5, long.MaxValue);
    }

    [SkippableFact]
    public async Task Server_should_give_up_its_keys_and_get_new_ones_when_they_are_too_old()
    {
        await using var net = new Topology(output);
        using var files = new SecureFiles();
        var server = net.Launch(net.Server, ["--role", "server", "--exit", "masquerade", .. TunnelTopology.OneShard, .. files.ServerArguments,
            "--set", "udptun.secure.times.rekey-after=2s", "--set", "udptun.secure.times.reject-after=4s"]);
        await server.UntilReady();
        net.LaunchForeign(net.Client, "wireguard-go", "-f", Theirs);
        await Eventually.Holds("wireguard-go is up", Patience, () => net.Client.Try("wg", "show", Theirs).ExitCode == 0);
        net.Client.Run("wg", "setconf", Theirs, files.ClientSetConf("10.77.1.1"));
        net.Client.Ip($"addr add 10.61.0.2/32 dev {Theirs}", $"link set {Theirs} mtu 1420 up", $"route add 203.0.113.0/24 dev {Theirs}");
        await Eventually.Holds("the server answers", Patience, () => Answers(net));
        var first = LatestHandshake(net, net.Client);

        // The client goes on with keys that the server takes no more, until it finds that nobody answers (15 s), and calls anew.
        await Eventually.Holds("the server takes the old keys no more", Patience, () => !Answers(net));
        await Eventually.Holds("the client has called anew", TimeSpan.FromSeconds(60), () => Answers(net) && LatestHandshake(net, net.Client) > first);
    }

    private static bool Answers(Topology net) => net.Client.Try("ping", "-c1", "-W1", "203.0.113.10").ExitCode == 0;

    private static long LatestHandshake(Topology net, NetworkNamespace? at = null) =>
        long.Parse((at ?? net.Server).Run("wg", "show", Theirs, "latest-handshakes").Trim().Split('\t')[1], CultureInfo.InvariantCulture);
}
