using System.Net;
using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>The exit port-range: who may reach a client from outside is decided by our NAT, not by the kernel's masquerade.</summary>
public sealed class OpenNatTests(ITestOutputHelper output)
{
    private static readonly IPAddress Stranger = IPAddress.Parse("203.0.113.11");

    [SkippableTheory]
    [Trait(OffloadPass.Trait, OffloadPass.Own)]
    [InlineData("endpoint-independent", "on", true, true)]
    [InlineData("endpoint-independent", "off", true, true)]
    [InlineData("address-dependent", "on", true, false)]
    [InlineData("address-dependent", "off", true, false)]
    [InlineData("address-and-port-dependent", "on", false, false)]
    [InlineData("address-and-port-dependent", "off", false, false)]
    public async Task Client_should_be_reached_by_whom_the_filter_admits(
        string filtering, string offload, bool otherPort, bool otherAddress)
    {
        await using var net = await Start(filtering, offload);
        using var client = net.Client.OpenUdp(new IPEndPoint(IPAddress.Any, 25000));
        var outer = Reachability.OuterOf(net, client);

        Assert.Equal(Topology.ServerOnInternet, outer.Address);
        Reachability.AssertReachedBy(otherPort, net, new IPEndPoint(Topology.InternetHost, 9999), client, outer);
        Reachability.AssertReachedBy(otherAddress, net, new IPEndPoint(Stranger, 9999), client, outer);
    }

    [SkippableFact]
    public async Task Two_remotes_should_see_one_outer_endpoint_of_an_inner_one()
    {
        await using var net = await Start("address-and-port-dependent", offload: "on");
        using var client = net.Client.OpenUdp(new IPEndPoint(IPAddress.Any, 25000));

        Assert.Equal(Reachability.OuterOf(net, client), Reachability.OuterOf(net, client, Stranger));
    }

    [SkippableTheory]
    [InlineData("masquerade")]
    [InlineData("port-range")]
    public async Task One_client_should_reach_the_other_by_its_external_endpoint_and_be_answered(string exit)
    {
        await using var net = new Topology(output);
        await net.StartServer(exit, ["--set", "udptun.nat.filtering.udp=endpoint-independent"]);
        await Task.WhenAll(net.StartClient(1, "--route", "203.0.113.0/24"), net.StartClient(2, "--route", "203.0.113.0/24"));
        using var first = net.Clients[0].OpenUdp(new IPEndPoint(IPAddress.Any, 25000));
        using var second = net.Clients[1].OpenUdp(new IPEndPoint(IPAddress.Any, 25000));

        Reachability.AssertMutual(net, first, second);
        Assert.Equal(Topology.ServerOnInternet, Reachability.OuterOf(net, second).Address);
    }

    /// <summary>As behind a cloud's NAT: no interface has the address that the internet knows the server by.</summary>
    [SkippableFact]
    public async Task Clients_should_know_each_other_by_the_address_that_is_set_in_front_of_the_server()
    {
        var external = IPAddress.Parse("198.51.100.7");
        await using var net = new Topology(output);
        await net.StartServer("port-range", ["--set", $"udptun.server.external-address={external}"]);
        string[] routes = ["--route", "203.0.113.0/24", "--route", $"{external}/32", "--route", $"{Topology.Gateway}/32"];
        await Task.WhenAll(net.StartClient(1, routes), net.StartClient(2, routes));
        using var first = net.Clients[0].OpenUdp(new IPEndPoint(IPAddress.Any, 25000));
        using var second = net.Clients[1].OpenUdp(new IPEndPoint(IPAddress.Any, 25000));

        Reachability.AssertMutual(net, first, second, external);
        Assert.Contains($"Public IP address : {external}", net.Client.Run("natpmpc", "-g", $"{Topology.Gateway}"));
    }

    private async Task<Topology> Start(string filtering, string offload)
    {
        var net = new Topology(output) { Arguments = Offload.Arguments(offload) };
        net.Internet.Ip($"addr add {Stranger}/24 dev eth0");
        await net.StartServer("port-range", ["--set", $"udptun.nat.filtering.udp={filtering}"]);
        await net.StartClient(1, "--route", "203.0.113.0/24");
        return net;
    }
}
