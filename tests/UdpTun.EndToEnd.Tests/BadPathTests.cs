using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>A path that loses, doubles and reorders datagrams costs time and never a byte.</summary>
public sealed class BadPathTests(ITestOutputHelper output)
{
    [SkippableTheory]
    [Trait(OffloadPass.Trait, OffloadPass.Own)]
    [InlineData("on", "on")]
    [InlineData("on", "off")]
    [InlineData("off", "on")]
    [InlineData("off", "off")]
    public async Task Transfers_should_arrive_whole_over_a_bad_path(string clientOffload, string serverOffload)
    {
        const int Seed = 1906;
        output.WriteLine($"seed {Seed}");
        await using var net = new Topology(output);
        net.Use(new HttpHost(net.Internet, Topology.InternetHost));
        net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost));
        var path = net.Use(new BadPath(net.Server, Seed));
        await net.StartServer(Offload.Arguments(serverOffload));
        await net.StartClient(1, BadPath.Address, ["--route", "203.0.113.0/24", .. Offload.Arguments(clientOffload)]);
        using var visitor = new HttpVisitor(net.Client);
        using var file = new UdpFile(net.Client, Topology.InternetHost);
        var payload = new Payload(Seed, 5_000_000);

        var down = await visitor.Download(Topology.InternetHost, payload);
        var up = await visitor.Upload(Topology.InternetHost, payload);
        var (sent, returned) = await Task.Run(() => file.Exchange(chunks: 1000, Seed)).WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Equal((payload.Sha256(), payload.Sha256(), sent), (down.Sha256, up.Sha256, returned));
        // The path was as bad as it says.
        Assert.All(
            new[] { path.Up, path.Down },
            faults => Assert.True(Math.Min(faults.Lost, Math.Min(faults.Doubled, faults.Overtaken)) >= 10));
    }
}
