using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>IPv6 inside the tunnel does what IPv4 does: the client's fd61::2 leaves as the server's 2001:db8::1.</summary>
public sealed partial class Ipv6Tests(ITestOutputHelper output)
{
    private const int SamePort = 25000;
    private const int ClosedPort = 4242;
    private const string Route = "2001:db8::/32";

    [SkippableTheory]
    [InlineData("masquerade")]
    [InlineData("port-range")]
    public async Task Ping_should_be_answered_by_the_internet_host_and_by_the_gateway(string exit)
    {
        await using var net = new Topology(output);
        var server = await net.StartServer(exit, []);
        await net.StartClient(1, "--route", Route, "--route", "fd61::1/128");

        Assert.Contains("5 received", net.Client.Ping(5, "-6", "2001:db8::10"));
        Assert.Contains("3 received", net.Client.Ping(3, "-6", "fd61::1"));

        var session = Assert.Single(await server.Sessions());
        Assert.Contains("icmp6-", session);
        Assert.Matches(@"\[fd61::2\]:\d+ +\[fd61::123\]:\d+ +2001:db8::10 ", session);
    }

    [SkippableFact]
    public async Task Udp_should_come_back_unchanged_in_every_size_that_the_tunnel_carries()
    {
        await using var net = await Start();
        var echo = net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost6));
        using var visitor = new UdpVisitor(net.Client, Topology.InternetHost6);

        // 1372 bytes fill the MTU of 1420 with an IPv6 and a UDP header.
        for (var size = 1372 % 28; size <= 1372; size += 28)
        {
            var question = RandomNumberGenerator.GetBytes(size);
            Assert.Equal(question, await visitor.Ask(question));
        }

        var seen = Assert.Single(echo.Senders);
        Assert.Equal(Topology.ServerOnInternet6, seen.Address);
        Assert.InRange(seen.Port, 20000, 29999);
    }

    [SkippableFact]
    public async Task Download_and_upload_should_arrive_whole()
    {
        await using var net = await Start();
        net.Use(new HttpHost(net.Internet, Topology.InternetHost6));
        using var visitor = new HttpVisitor(net.Client);
        var payload = new Payload(Seed: 6, Length: 30_000_000);

        Assert.Equal((payload.Sha256(), "2001:db8::1"), await visitor.Download(Topology.InternetHost6, payload));
        Assert.Equal((payload.Sha256(), "2001:db8::1"), await visitor.Upload(Topology.InternetHost6, payload));
    }

    [SkippableFact]
    public async Task Clients_should_not_be_mixed_up_when_they_use_one_inner_endpoint_and_identifier()
    {
        await using var net = await Start(clients: 2);
        var echo = net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost6));
        using var first = new UdpVisitor(net.Clients[0], Topology.InternetHost6, SamePort);
        using var second = new UdpVisitor(net.Clients[1], Topology.InternetHost6, SamePort);

        for (var i = 0; i < 50; i++) Assert.All(await Task.WhenAll(first.IsEchoed(), second.IsEchoed()), Assert.True);
        // A reply to the other's request would show a byte that is not in the pattern.
        var pings = await Task.WhenAll(net.Clients.Select((client, i) => Task.Run(() =>
            client.Ping(50, "-6", "-e4711", "-p", $"a{i}", "2001:db8::10"))));

        Assert.Equal(2, echo.Senders.Count());
        Assert.All(echo.Senders, sender => Assert.Equal(Topology.ServerOnInternet6, sender.Address));
        Assert.All(pings, ping => Assert.Contains("50 received", ping));
        Assert.All(pings, ping => Assert.DoesNotContain("wrong data", ping));
    }

    [SkippableTheory]
    [InlineData("endpoint-independent", true, true)]
    [InlineData("address-dependent", true, false)]
    [InlineData("address-and-port-dependent", false, false)]
    public async Task Client_should_be_reached_by_whom_the_filter_admits(string filtering, bool otherPort, bool otherAddress)
    {
        await using var net = await Start(1, "--set", $"udptun.nat.filtering.udp={filtering}");
        net.Internet.Ip("addr add 2001:db8::11/64 dev eth0 nodad");
        using var client = net.Client.OpenUdp(new IPEndPoint(IPAddress.IPv6Any, SamePort));
        var outer = Reachability.OuterOf(net, client);

        Assert.Equal(Topology.ServerOnInternet6, outer.Address);
        Reachability.AssertReachedBy(otherPort, net, new IPEndPoint(Topology.InternetHost6, 9999), client, outer);
        Reachability.AssertReachedBy(otherAddress, net, new IPEndPoint(IPAddress.Parse("2001:db8::11"), 9999), client, outer);
    }

    [SkippableFact]
    public async Task One_client_should_reach_the_other_by_its_external_endpoint_and_be_answered()
    {
        await using var net = await Start(clients: 2);
        using var first = net.Clients[0].OpenUdp(new IPEndPoint(IPAddress.IPv6Any, SamePort));
        using var second = net.Clients[1].OpenUdp(new IPEndPoint(IPAddress.IPv6Any, SamePort));

        Reachability.AssertMutual(net, first, second);
        Assert.Equal(Topology.ServerOnInternet6, Reachability.OuterOf(net, second).Address);
    }

    [SkippableFact]
    public async Task Narrower_link_behind_the_server_should_be_told_to_the_client()
    {
        await using var net = new Topology(output);
        net.Server.Ip("link set wan0 mtu 1300");
        await Run(net);

        Assert.Matches("mtu ?= ?1300", net.Client.TryPing(1, "-6", "-Mdo", "-s1350", "2001:db8::10").Output);
        Assert.Contains("mtu 1300", net.Client.Run("ip", "-6", "route", "get", "2001:db8::10"));
        Assert.Contains("pmtu 1300", net.Client.Run("tracepath", "-6", "-n", "-m4", "2001:db8::10"));
    }

    [SkippableFact]
    public async Task Tunnels_mtu_should_be_told_to_a_remote_that_sends_too_much()
    {
        await using var net = await Start();
        using var client = net.Client.OpenUdp(new IPEndPoint(IPAddress.IPv6Any, SamePort));
        var outer = Reachability.OuterOf(net, client);
        using var far = net.Internet.OpenUdp(new IPEndPoint(Topology.InternetHost6, 7000));

        far.SendTo(new byte[1452], outer);

        await Eventually.Holds("the remote learns the MTU", TimeSpan.FromSeconds(5),
            () => net.Internet.Run("ip", "-6", "route", "get", "2001:db8::1").Contains("mtu 1420"));
    }

    [SkippableTheory]
    [InlineData("-U")]
    [InlineData("-I")]
    [InlineData("-T")]
    public async Task Traceroute_should_show_the_gateway_and_then_the_internet_host(string method)
    {
        await using var net = await Start();

        var hops = net.Client.Run("traceroute", "-6", "-n", "-q1", "-w2", "-m5", method, "2001:db8::10").Split('\n')
            .Skip(1).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(words => words.Length > 1).Select(words => words[1]);

        Assert.Equal(["fd61::1", "2001:db8::10"], hops);
    }

    [SkippableFact]
    public async Task Closed_port_should_be_told_to_the_socket_that_sent_the_datagram()
    {
        await using var net = await Start();
        using var socket = net.Client.OpenUdp(new IPEndPoint(IPAddress.IPv6Any, 0));
        socket.Connect(new IPEndPoint(Topology.InternetHost6, ClosedPort));
        socket.ReceiveTimeout = 3000;

        socket.Send([1, 2, 3]);
        var refused = Assert.Throws<SocketException>(() => socket.Receive(new byte[10]));

        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    }

    [SkippableFact]
    public async Task Rejected_connection_should_fail_at_once()
    {
        await using var net = await Start();
        net.Internet.Run("nft", "add table ip6 far; add chain ip6 far input { type filter hook input priority 0; }; "
            + $"add rule ip6 far input tcp dport {ClosedPort} reject with icmpv6 type admin-prohibited");

        Assert.Equal(SocketError.AccessDenied, await Failure(net, Topology.InternetHost6));
    }

    [SkippableFact]
    public async Task Server_without_an_ipv6_uplink_should_say_so_and_refuse_at_once()
    {
        await using var net = new Topology(output);
        net.Server.Ip("route del default via 2001:db8::10");
        var server = await Run(net);

        Assert.Contains("no IPv6 default route: inner IPv6 of fd61::1/64 is refused", server.Log);
        Assert.Equal(SocketError.AccessDenied, await Failure(net, Topology.InternetHost6));
    }

    [SkippableFact]
    public async Task Server_should_refuse_ipv6_at_once_when_none_is_to_be_translated()
    {
        await using var net = await Start(1, "--set", "udptun.nat.address6=\"\"");

        Assert.Equal(SocketError.AccessDenied, await Failure(net, Topology.InternetHost6));
    }

    [SkippableFact]
    public async Task Private_addresses_of_the_servers_site_should_be_refused_at_once()
    {
        await using var net = new Topology(output);
        await net.StartServer("port-range", []);
        await net.StartClient(1, "--route", "fd77:2::/64");

        Assert.Equal(SocketError.AccessDenied, await Failure(net, IPAddress.Parse("fd77:2::2")));
    }

    [SkippableFact]
    public async Task Full_tunnel_should_carry_ipv6_too()
    {
        await using var net = new Topology(output);
        net.GiveClientDefaultRoute();
        var echo = net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost6));
        await net.StartServer("--listen", $"{Topology.DistantServer}:9877");
        await net.StartClient(1, Topology.DistantServer.ToString(), ["--route", "default"]);
        using var visitor = new UdpVisitor(net.Client, Topology.InternetHost6);

        Assert.True(await visitor.IsEchoed());
        Assert.Equal(Topology.ServerOnInternet6, Assert.Single(echo.Senders).Address);
    }

    [SkippableFact]
    public async Task Connection_should_go_on_when_the_server_is_stopped_and_started()
    {
        await using var net = new Topology(output);
        var server = await Run(net);
        using var listener = net.Internet.OpenTcp(AddressFamily.InterNetworkV6);
        listener.Bind(new IPEndPoint(Topology.InternetHost6, 8080));
        listener.Listen();
        using var near = net.Client.OpenTcp(AddressFamily.InterNetworkV6);
        near.Connect(listener.LocalEndPoint!);
        using var far = listener.Accept();
        near.ReceiveTimeout = far.ReceiveTimeout = 20_000;
        var buffer = new byte[10];

        Assert.Equal(0, await server.Stop());
        await net.StartServer("port-range", []);

        far.Send([1, 2, 3]);
        Assert.Equal(3, near.Receive(buffer));
        near.Send([4, 5]);
        Assert.Equal(2, far.Receive(buffer));
    }

    /// <summary>Seen behind the server's own rules, where a packet is as the internet gets it.</summary>
    [SkippableFact]
    public async Task Nothing_should_leave_the_uplink_with_an_inner_address()
    {
        await using var net = await Start();
        net.Server.Run("nft", """
            table ip6 seen {
                counter inner { }
                counter ours { }
                chain leaving {
                    type filter hook postrouting priority 300;
                    oifname wan0 ip6 saddr fc00::/7 counter name inner
                    oifname wan0 ip6 saddr 2001:db8::1 icmpv6 type echo-request counter name ours
                }
            }
            """);

        net.Client.Ping(3, "-6", "2001:db8::10");
        // Neighbours and routers of the client's end are nobody's business at the other.
        Assert.Contains("0 received", net.Client.Try("ping", "-6", "-c2", "-i0.2", "-W1", "-I", "clienttun", "ff02::2").Output);

        Assert.Equal(3, Counted(net, "ours"));
        Assert.Equal(0, Counted(net, "inner"));
    }

    private async Task<Topology> Start(int clients = 1, params string[] serverArguments)
    {
        var net = new Topology(output);
        await Run(net, clients, serverArguments);
        return net;
    }

    private static async Task<TunnelProcess> Run(Topology net, int clients = 1, params string[] serverArguments)
    {
        var server = await net.StartServer("port-range", serverArguments);
        await Task.WhenAll(Enumerable.Range(1, clients).Select(number => net.StartClient(number, "--route", Route)));
        return server;
    }

    private static async Task<SocketError> Failure(Topology net, IPAddress address)
    {
        using var socket = net.Client.OpenTcp(AddressFamily.InterNetworkV6);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        var failure = await Assert.ThrowsAsync<SocketException>(
            async () => await socket.ConnectAsync(new IPEndPoint(address, ClosedPort), limit.Token));
        return failure.SocketErrorCode;
    }

    private static int Counted(Topology net, string counter) =>
        int.Parse(Packets().Match(net.Server.Run("nft", "list", "counter", "ip6", "seen", counter)).Groups[1].Value);

    [GeneratedRegex(@"packets (\d+)")]
    private static partial Regex Packets();
}
