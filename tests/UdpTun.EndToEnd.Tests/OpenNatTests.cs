using System.Net;
using System.Net.Sockets;
using UdpTun.EndToEnd.Tests.Harness;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>The exit port-range: who may reach a client from outside is decided by our NAT, not by the kernel's masquerade.</summary>
public sealed class OpenNatTests(ITestOutputHelper output)
{
    private static readonly IPAddress Stranger = IPAddress.Parse("203.0.113.11");

    [SkippableTheory]
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
        var outer = Open(net, client);

        Assert.Equal(Topology.ServerOnInternet, outer.Address);
        Assert.Equal(otherPort, Reaches(net, client, Topology.InternetHost, 9999, outer));
        Assert.Equal(otherAddress, Reaches(net, client, Stranger, 9999, outer));
    }

    [SkippableFact]
    public async Task Two_remotes_should_see_one_outer_endpoint_of_an_inner_one()
    {
        await using var net = await Start("address-and-port-dependent", offload: "on");
        using var client = net.Client.OpenUdp(new IPEndPoint(IPAddress.Any, 25000));

        Assert.Equal(Open(net, client), Open(net, client, Stranger));
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
        first.ReceiveTimeout = second.ReceiveTimeout = 3000;
        var outerOfSecond = Open(net, second);
        EndPoint caller = new IPEndPoint(IPAddress.Any, 0), answerer = new IPEndPoint(IPAddress.Any, 0);
        var buffer = new byte[10];

        first.SendTo([1, 2, 3], outerOfSecond);
        Assert.Equal(3, second.ReceiveFrom(buffer, ref caller));
        second.SendTo([4, 5], caller);
        Assert.Equal(2, first.ReceiveFrom(buffer, ref answerer));

        Assert.Equal(Topology.ServerOnInternet, ((IPEndPoint)caller).Address);
        Assert.Equal(outerOfSecond, answerer);
    }

    private async Task<Topology> Start(string filtering, string offload)
    {
        var net = new Topology(output) { Arguments = Offload.Arguments(offload) };
        net.Internet.Ip($"addr add {Stranger}/24 dev eth0");
        await net.StartServer("port-range", ["--set", $"udptun.nat.filtering.udp={filtering}"]);
        await net.StartClient(1, "--route", "203.0.113.0/24");
        return net;
    }

    /// <summary>Sends a datagram from the client and tells where the remote saw it come from.</summary>
    private static IPEndPoint Open(Topology net, Socket client, IPAddress? remote = null)
    {
        using var far = net.Internet.OpenUdp(new IPEndPoint(remote ?? Topology.InternetHost, 7000));
        far.ReceiveTimeout = 3000;
        client.SendTo([1], far.LocalEndPoint!);
        EndPoint seen = new IPEndPoint(IPAddress.Any, 0);
        far.ReceiveFrom(new byte[10], ref seen);
        return (IPEndPoint)seen;
    }

    /// <summary>Whether a datagram from outside arrives at the client, from the address that really sent it.</summary>
    private static bool Reaches(Topology net, Socket client, IPAddress from, int port, IPEndPoint outer)
    {
        using var far = net.Internet.OpenUdp(new IPEndPoint(from, port));
        client.ReceiveTimeout = 1000;
        far.SendTo([2], outer);
        EndPoint sender = new IPEndPoint(IPAddress.Any, 0);
        try
        {
            client.ReceiveFrom(new byte[10], ref sender);
            return sender.Equals(far.LocalEndPoint);
        }
        catch (SocketException silence) when (silence.SocketErrorCode == SocketError.TimedOut)
        {
            return false;
        }
    }
}
