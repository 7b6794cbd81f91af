using System.Net;
using System.Net.Sockets;
using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>
/// The exit routed: outer addresses of our own in the uplink's network, for which the server answers. Nothing but our NAT stands between
/// the internet and the clients.
/// </summary>
public sealed class RoutedExitTests(ITestOutputHelper output)
{
    private const int EchoRequest = 8;

    private static readonly string[] Pool = ["203.0.113.20", "203.0.113.21", "203.0.113.22"];
    private static readonly IPAddress Stranger = IPAddress.Parse("203.0.113.11");

    [SkippableFact]
    public async Task Each_client_should_keep_to_one_address_of_its_own_over_flows_and_protocols()
    {
        await using var net = await Start();
        var addresses = net.Clients.Select(client =>
            Enumerable.Range(0, 10).Select(_ => UdpSource(net, client))
                .Append(TcpSource(net, client)).Append(PingSource(net, client)).Distinct().ToList()).ToList();

        Assert.All(addresses, seen => Assert.Contains(Assert.Single(seen).ToString(), Pool));
        Assert.NotEqual(addresses[0], addresses[1]);
    }

    [SkippableTheory]
    [InlineData("endpoint-independent", true)]
    [InlineData("address-and-port-dependent", false)]
    public async Task Stranger_should_reach_a_client_as_the_filter_says(string filtering, bool reaches)
    {
        await using var net = await Start("--set", $"udptun.nat.filtering.udp={filtering}");
        net.Internet.Ip($"addr add {Stranger}/24 dev eth0");
        using var client = Udp(net.Client, 1000);
        var outer = Reachability.OuterOf(net, client);

        Reachability.AssertReachedBy(reaches, net, new IPEndPoint(Stranger, 9999), client, outer);
    }

    [SkippableFact]
    public async Task One_client_should_reach_the_other_by_its_outer_endpoint_and_be_answered()
    {
        await using var net = await Start();
        using var first = Udp(net.Clients[0], 3000);
        using var second = Udp(net.Clients[1], 3000);

        Reachability.AssertMutual(net, first, second);
    }

    [SkippableFact]
    public async Task Low_port_should_leave_as_a_low_port()
    {
        await using var net = await Start();
        using var low = net.Client.OpenUdp(new IPEndPoint(IPAddress.Any, 500));
        using var high = net.Client.OpenUdp(new IPEndPoint(IPAddress.Any, 5000));

        Assert.InRange(Reachability.OuterOf(net, low).Port, 1, 1023);
        Assert.InRange(Reachability.OuterOf(net, high).Port, 1024, 65535);
    }

    [SkippableFact]
    public async Task Ipv6_should_leave_as_its_own_routed_address()
    {
        var (outer, far) = (IPAddress.Parse("2001:db8::20"), new IPEndPoint(IPAddress.Parse("2001:db8::10"), 7000));
        await using var net = new Topology(output);
        // Who forwards asks its neighbours from its link-local address, which every real link has.
        net.Server.Ip("addr add fe80::1/64 dev wan0 nodad");
        await net.StartServer("routed", ["--set", $"udptun.server.routed-addresses={Pool[0]},{outer}"]);
        await net.StartClient(1, "--route", "203.0.113.0/24", "--route", "2001:db8::/64");
        using var remote = net.Internet.OpenUdp(far);
        using var client = net.Client.OpenUdp(new IPEndPoint(IPAddress.IPv6Any, 0));
        using var client4 = Udp(net.Client);

        client.SendTo([1], far);
        var seen = Reachability.Sender(remote)!;
        remote.SendTo([2], seen);

        Assert.Equal(outer, seen.Address);
        Assert.Equal(far, Reachability.Sender(client));
        Assert.Equal(0, net.Client.TryPing(1, $"{far.Address}").ExitCode);
        Assert.Equal(IPAddress.Parse(Pool[0]), Reachability.OuterOf(net, client4).Address);
    }

    [SkippableFact]
    public async Task Log_should_tell_the_addresses_and_the_class()
    {
        await using var net = new Topology(output);
        var server = await StartServer(net);

        Assert.Contains("203.0.113.20, 203.0.113.21, 203.0.113.22 ports 1024-65535 by wan0", server.Log);
        Assert.Contains("filtering decided by our NAT: UDP endpoint-independent", server.Log);
    }

    [SkippableFact]
    public async Task Host_should_be_as_before_when_the_server_is_stopped()
    {
        await using var net = new Topology(output);
        var before = HostSnapshot.Take(net.Server);
        var server = await StartServer(net);
        Assert.Contains("203.0.113.21 dev wan0 proxy", HostSnapshot.Take(net.Server));

        Assert.Equal(0, await server.Stop());

        Assert.Equal(before, HostSnapshot.Take(net.Server));
    }

    [SkippableFact]
    public async Task Host_should_be_as_before_when_the_server_was_killed_and_cleanup_ran()
    {
        await using var net = new Topology(output);
        var before = HostSnapshot.Take(net.Server);
        await (await StartServer(net)).Stop(Libc.SIGKILL);
        Assert.NotEqual(before, HostSnapshot.Take(net.Server));

        Assert.Equal(0, await net.Launch(net.Server, "cleanup").UntilExited(TunnelProcess.StopLimit));

        Assert.Equal(before, HostSnapshot.Take(net.Server));
    }

    [SkippableTheory]
    [InlineData(6, "udptun.server.routed-addresses is empty", "")]
    [InlineData(6, "is '203.0.113.1', which is an address of this host", "203.0.113.20,203.0.113.1")]
    [InlineData(6, "is '10.77.0.1', which is an address of this host", "10.77.0.1")]
    [InlineData(1, "203.0.113.10 is the next hop", "203.0.113.10")]
    [InlineData(1, "2001:db8::10 is the next hop", "203.0.113.20,2001:db8::10")]
    public async Task Addresses_that_cannot_be_routed_should_be_named(int exitCode, string named, string addresses)
    {
        await using var net = new Topology(output);
        await AssertRefused(net, exitCode, named, addresses);
    }

    [SkippableFact]
    public async Task Address_of_a_family_without_an_uplink_should_be_named()
    {
        await using var net = new Topology(output);
        net.Server.Ip("route del default via 2001:db8::10");
        await AssertRefused(net, 1, "2001:db8::20 has no uplink", "203.0.113.20,2001:db8::20");
    }

    private static async Task AssertRefused(Topology net, int exitCode, string named, string addresses)
    {
        var before = HostSnapshot.Take(net.Server);

        var server = net.Launch(
            net.Server, ["--role", "server", .. Topology.Plain, "--exit", "routed", "--set", $"udptun.server.routed-addresses={addresses}"]);

        Assert.Equal(exitCode, await server.UntilExited(TunnelProcess.StartLimit));
        Assert.Contains(named, server.Log);
        Assert.Equal(before, HostSnapshot.Take(net.Server));
    }

    private static Task<TunnelProcess> StartServer(Topology net, params string[] arguments) =>
        net.StartServer("routed", ["--set", $"udptun.server.routed-addresses={string.Join(',', Pool)}", .. arguments]);

    private async Task<Topology> Start(params string[] arguments)
    {
        var net = new Topology(output);
        await StartServer(net, arguments);
        await Task.WhenAll(net.StartClient(1, "--route", "203.0.113.0/24"), net.StartClient(2, "--route", "203.0.113.0/24"));
        return net;
    }

    private static Socket Udp(NetworkNamespace host, int port = 0) => host.OpenUdp(new IPEndPoint(IPAddress.Any, port));

    private static IPAddress UdpSource(Topology net, NetworkNamespace client)
    {
        using var socket = Udp(client);
        return Reachability.OuterOf(net, socket).Address;
    }

    private static IPAddress TcpSource(Topology net, NetworkNamespace client)
    {
        using var listener = net.Internet.OpenTcp(AddressFamily.InterNetwork);
        listener.Bind(new IPEndPoint(Topology.InternetHost, 0));
        listener.Listen();
        using var socket = client.OpenTcp(AddressFamily.InterNetwork);
        socket.Connect(listener.LocalEndPoint!);
        using var accepted = listener.Accept();
        return ((IPEndPoint)accepted.RemoteEndPoint!).Address;
    }

    private static IPAddress PingSource(Topology net, NetworkNamespace client)
    {
        using var far = net.Internet.OpenSocket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Icmp);
        far.ReceiveTimeout = 3000;
        Assert.Equal(0, client.TryPing(1, Topology.InternetHost.ToString()).ExitCode);
        var packet = new byte[100];
        do far.Receive(packet);
        while (packet[20] != EchoRequest);
        return new IPAddress(packet[12..16]);
    }
}
