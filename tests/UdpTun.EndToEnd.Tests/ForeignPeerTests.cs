using System.Net;
using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>
/// The wire format, proved by a peer that others wrote: socat puts one raw IP packet into a datagram, as the article does.
/// </summary>
public sealed class ForeignPeerTests(ITestOutputHelper output)
{
    private const long TenMegabytes = 10_000_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [SkippableFact]
    public async Task Server_should_serve_socat_as_its_client()
    {
        await using var net = new Topology(output);
        net.Use(new HttpHost(net.Internet, Topology.InternetHost));
        await net.StartServer();
        net.LaunchForeign(net.Client, "socat", "UDP4:10.77.1.1:9877", "TUN:10.61.0.2/32,tun-name=socattun,iff-no-pi,iff-up");
        await IsUp(net.Client);
        net.Client.Ip("link set socattun mtu 1420", "route add 203.0.113.0/24 dev socattun");

        Assert.Contains("3 received", net.Client.Ping(3, "203.0.113.10"));
        using var visitor = new HttpVisitor(net.Client);
        var payload = new Payload(Seed: 5, TenMegabytes);
        Assert.Equal((payload.Sha256(), Topology.ServerOnInternet.ToString()), await visitor.Download(Topology.InternetHost, payload));
        Assert.Equal((payload.Sha256(), Topology.ServerOnInternet.ToString()), await visitor.Upload(Topology.InternetHost, payload));
    }

    [SkippableFact]
    public async Task Client_should_use_socat_as_its_server()
    {
        await using var net = new Topology(output);
        net.LaunchForeign(net.Server, "socat", "UDP4-LISTEN:9877", "TUN:10.61.0.1/24,tun-name=socattun,iff-no-pi,iff-up");
        await net.StartClient(1, "--route", "10.61.0.1/32");

        // socat makes its TUN when the first datagram comes.
        await Eventually.Holds("socat answers", Patience, () => net.Client.Try("ping", "-c1", "-W1", "10.61.0.1").ExitCode == 0);
        net.Server.Ip("link set socattun mtu 1420");
        var inside = IPAddress.Parse("10.61.0.1");
        net.Use(new HttpHost(net.Server, inside));
        using var visitor = new HttpVisitor(net.Client);
        var payload = new Payload(Seed: 6, TenMegabytes);
        Assert.Equal((payload.Sha256(), "10.61.0.2"), await visitor.Download(inside, payload));
        Assert.Equal((payload.Sha256(), "10.61.0.2"), await visitor.Upload(inside, payload));
    }

    private static Task IsUp(NetworkNamespace host) => Eventually.Holds(
        "socat's TUN is up", Patience, () => host.Try("ip", "link", "show", "dev", "socattun", "up").Output.Length > 0);
}
