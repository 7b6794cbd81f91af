using System.Net;
using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>Bytes that are no packets, at both ends of both programs: counted by reason, never fatal, never a line of log each.</summary>
public sealed class BadInputTests(ITestOutputHelper output)
{
    private const int Count = 2000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly string[] Reasons = ["NotIp", "Truncated"];

    [SkippableFact]
    public async Task Server_should_count_random_bytes_at_its_udp_port_and_go_on()
    {
        await using var net = new Topology(output);
        var (server, _) = await net.StartTunnel("--set", "udptun.log.summary-interval=1s");
        using var attacker = net.Client.OpenUdp(new IPEndPoint(IPAddress.Any, 0));

        foreach (var bytes in RandomDatagrams()) attacker.SendTo(bytes, new IPEndPoint(IPAddress.Parse("10.77.1.1"), 9877));

        await ShouldBeSound(net, server);
    }

    [SkippableFact]
    public async Task Client_should_count_random_bytes_in_its_tun_and_go_on()
    {
        await using var net = new Topology(output);
        var (server, client) = await net.StartTunnel("--set", "udptun.log.summary-interval=1s");
        using var injector = new PacketInjector(net.Client, "clienttun");

        foreach (var bytes in RandomDatagrams()) injector.Send(bytes);

        // The client passes packets on unread, or counts them itself; either way the server hears nothing of them that harms it.
        Assert.False(client.HasExited);
        Assert.DoesNotContain("Exception", client.Log);
        await ShouldPassPackets(net);
        Assert.False(server.HasExited);
    }

    [SkippableFact]
    public async Task Server_should_count_random_bytes_in_its_tun_and_go_on()
    {
        await using var net = new Topology(output);
        var (server, _) = await net.StartTunnel("--set", "udptun.log.summary-interval=1s");
        using var injector = new PacketInjector(net.Server, "servertun");

        foreach (var bytes in RandomDatagrams()) injector.Send(bytes);

        await ShouldBeSound(net, server);
    }

    private static async Task ShouldBeSound(Topology net, TunnelProcess server)
    {
        foreach (var reason in Reasons) await server.UntilLogged(reason, Patience);
        await ShouldPassPackets(net);
        Assert.DoesNotContain("Exception", server.Log);
        Assert.True(server.Log.Split('\n').Length < Count / 10, "something is logged for each packet");
    }

    private static async Task ShouldPassPackets(Topology net)
    {
        // The first may find the TUN's queue still full.
        await Eventually.Holds(
            "packets pass again", TimeSpan.FromSeconds(10), () => net.Client.Try("ping", "-c1", "-W1", "203.0.113.10").ExitCode == 0);
        Assert.Contains("3 received", net.Client.Ping(3, "203.0.113.10"));
    }

    private IEnumerable<byte[]> RandomDatagrams()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var i = 0; i < Count; i++)
        {
            var bytes = new byte[random.Next(1, 1400)];
            random.NextBytes(bytes);
            // Half of them pretend to be IPv4, so that they get past the first look.
            if (i % 2 == 0) bytes[0] = 0x45;
            yield return bytes;
        }
    }
}
