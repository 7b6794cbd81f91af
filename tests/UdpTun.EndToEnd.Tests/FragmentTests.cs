using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>Datagrams that fit no single packet.</summary>
public sealed class FragmentTests(ITestOutputHelper output)
{
    [SkippableTheory]
    [Trait(OffloadPass.Trait, OffloadPass.Own)]
    [InlineData("on")]
    [InlineData("off")]
    public async Task Ping_should_be_answered_when_it_is_larger_than_the_tunnel(string offload)
    {
        await using var net = new Topology(output) { Arguments = Offload.Arguments(offload) };
        await net.StartTunnel();

        Assert.Contains("5 received", net.Client.Ping(5, "-s4000", "203.0.113.10"));
    }

    [SkippableTheory]
    [Trait(OffloadPass.Trait, OffloadPass.Own)]
    [InlineData("on")]
    [InlineData("off")]
    public async Task Datagrams_should_arrive_whole_when_two_clients_send_large_ones_from_one_inner_endpoint(string offload)
    {
        await using var net = new Topology(output) { Arguments = Offload.Arguments(offload) };
        net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost));
        await net.StartServer();
        await Task.WhenAll(net.StartClient(1, "--route", "203.0.113.0/24"), net.StartClient(2, "--route", "203.0.113.0/24"));
        var visitors = net.Clients.Select(client => net.Use(new UdpVisitor(client, Topology.InternetHost, 25000))).ToArray();
        var random = new Random(1);

        // Three fragments and six.
        for (var i = 0; i < 20; i++)
        {
            var questions = visitors.Select(_ => { var bytes = new byte[i % 2 == 0 ? 3500 : 8000]; random.NextBytes(bytes); return bytes; }).ToArray();
            var answers = await Task.WhenAll(visitors.Zip(questions, (visitor, question) => visitor.Ask(question)));
            Assert.Equal(questions, answers);
        }
    }
}
