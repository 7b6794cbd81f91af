using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tests.Fakes;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Testing.Packets;
using static UdpTun.Actors.Tests.Lines.RunningServer;

namespace UdpTun.Actors.Tests.Lines;

/// <summary>Two shards of one server over the secure transport. Every test ends with no burst of either outstanding.</summary>
public sealed class SecureShardsSpecs
{
    private static readonly InetEndpoint Remote = PacketBuilder.Endpoint("203.0.113.1:53");

    /// <summary>A home on each shard, wherever the kernel puts the calls.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Each_client_should_be_served_by_its_home_without_any_hand_over(int callsAt)
    {
        await using var server = await SecureShards.StartAsync(callsAt);
        foreach (var client in server.Clients)
        {
            var outer = await server.AskAsync(client);
            Assert.Equal(client.Home == 0, new PortRange(20000, 20004).Contains(outer.Port));
            server.Tuns[client.Home].Arrive(PacketBuilder.Udp(Remote, outer, "answer"u8));
            await Eventually.TrueAsync(() => client.Tun.WrittenCount == 1);
            Assert.Equal(new FlowKey(IpProtocol.Udp, Remote, client.InnerEndpoint), KeyOf(client.Tun.Written[0].Bytes));
        }

        Assert.Equal((0, 0), (server.HandedOver, server.Line(0).Drops.Total));
        Assert.Equal([1, 1], server.End.ClientsOfShards.Select(clients => clients.Count));
        // The socket that was called has answered the calls, and of its own clients the data; the other one only that.
        Assert.Equal([callsAt == 0 ? 3 : 1, callsAt == 0 ? 1 : 3], server.Sockets.Select(socket => socket.WrittenCount));
    }

    [Fact]
    public async Task Reports_should_name_each_peer_once()
    {
        await using var server = await SecureShards.StartAsync();
        var silent = await server.Guardian.Ask<PeersReport>(new GetPeers(10), TimeSpan.FromSeconds(10));
        Assert.All(silent.Peers, peer => Assert.Null(peer.Idle));
        foreach (var client in server.Clients) await server.AskAsync(client);
        var secure = await server.Guardian.Ask<SecurePeersReport>(GetSecurePeers.Instance, TimeSpan.FromSeconds(10));
        Assert.Equal(server.Peers.Select(peer => peer.Name), secure.Peers.Select(peer => peer.Settings.Name));
        Assert.All(secure.Peers, peer => Assert.True(peer.ReceivedBytes > 0));
        var peers = await server.Guardian.Ask<PeersReport>(new GetPeers(10), TimeSpan.FromSeconds(10));
        Assert.Equal((2, 2), (peers.Peers.Count, peers.MappingCount));
        Assert.All(peers.Peers, peer => Assert.NotNull(peer.Idle));
    }

    [Fact]
    public async Task Datagrams_at_the_wrong_socket_should_reach_their_home_once_and_be_counted()
    {
        await using var server = await SecureShards.StartAsync();
        foreach (var client in server.Clients) await server.AskAsync(client);
        server.IsAstray = true;
        foreach (var client in server.Clients)
        {
            var (other, home) = (server.Line(1 - client.Home).Traffic, server.Line(client.Home).Traffic);
            var (received, misplaced) = (home.FromUdp.Packets, other.FromUdp.Packets);
            for (var i = 1; i <= 50; i++)
            {
                var outer = await server.AskAsync(client, $"question {i}");
                Assert.EndsWith($"question {i}", System.Text.Encoding.ASCII.GetString(server.Tuns[client.Home].Written[i].Bytes));
                Assert.Equal(client.Home == 0, new PortRange(20000, 20004).Contains(outer.Port));
            }

            Assert.Equal(50, other.HandedOver.Packets);
            Assert.Equal((received + 50, misplaced), (home.FromUdp.Packets, other.FromUdp.Packets));
        }

        Assert.Equal(0, server.Line(0).Drops.Total);
    }

    /// <summary>The first handshake and all that follows, with a kernel that steers nothing right.</summary>
    [Fact]
    public async Task Session_should_come_about_by_hand_over_alone()
    {
        await using var server = await SecureShards.StartAsync();
        server.IsAstray = true;
        foreach (var client in server.Clients)
        {
            var outer = await server.AskAsync(client);
            server.Tuns[1 - client.Home].Arrive(PacketBuilder.Udp(Remote, outer, "answer"u8)); // the TUN's queue is the wrong one as well
            await Eventually.TrueAsync(() => client.Tun.WrittenCount == 1);
        }

        Assert.Equal(0, server.Line(0).Drops.Total);
    }

    [Fact]
    public async Task Number_that_is_nobodys_should_not_be_handed_over()
    {
        await using var server = await SecureShards.StartAsync();
        foreach (var client in server.Clients) await server.AskAsync(client);
        byte[] forged = [4, 0, 0, 0, .. new byte[60]];
        var index = server.Clients[1].Socket.Sent[^1].Bytes.AsSpan(4, 4);
        index.CopyTo(forged.AsSpan(4));
        forged[7] ^= 1;

        server.Sockets[0].Arrive(PacketBuilder.Endpoint("10.66.6.6:666"), forged);
        await Eventually.TrueAsync(() => server.Line(0).Drops[DropReason.NotAuthentic] == 1);
        Assert.Equal(0, server.HandedOver);

        // One that is somebody's, and false: its home finds out.
        forged[7] ^= 1;
        server.Sockets[0].Arrive(PacketBuilder.Endpoint("10.66.6.6:666"), forged);
        await Eventually.TrueAsync(() => server.Line(0).Drops[DropReason.NotAuthentic] == 2);
        Assert.Equal(1, server.HandedOver);
        await server.AskAsync(server.Clients[1]);
    }

    [Fact]
    public async Task Datagrams_beyond_the_homes_buffers_should_be_counted_and_the_rest_go_on()
    {
        await using var server = await SecureShards.StartAsync();
        foreach (var client in server.Clients) await server.AskAsync(client);
        var pool = server.Line(1).HandedOver;
        var leased = new List<PacketBurst>();
        while (pool.TryLease(out var burst)) leased.Add(burst);

        server.IsAstray = true;
        server.Clients[1].Tun.Arrive(PacketBuilder.Udp(server.Clients[1].InnerEndpoint, Remote));
        await Eventually.TrueAsync(() => server.Line(0).Drops[DropReason.QueueFull] == 1);
        Assert.Equal(16, leased.Count);
        Assert.Equal(1, server.Tuns[1].WrittenCount);

        leased.ForEach(burst => burst.Release());
        await server.AskAsync(server.Clients[1]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Clients_of_two_shards_should_reach_each_other_by_their_external_endpoints(bool isAstray)
    {
        await using var server = await SecureShards.StartAsync();
        server.IsAstray = isAstray;
        var (a, b) = (server.Clients[0], server.Clients[1]);
        var (externalA, externalB) = (External(await server.AskAsync(a)), External(await server.AskAsync(b)));

        a.Tun.Arrive(PacketBuilder.Udp(a.InnerEndpoint, externalB, "from A"u8));
        await Eventually.TrueAsync(() => b.Tun.WrittenCount == 1);
        b.Tun.Arrive(PacketBuilder.Udp(b.InnerEndpoint, externalA, "from B"u8));
        await Eventually.TrueAsync(() => a.Tun.WrittenCount == 1);

        Assert.Equal(new FlowKey(IpProtocol.Udp, externalA, b.InnerEndpoint), KeyOf(b.Tun.Written[0].Bytes));
        Assert.Equal(new FlowKey(IpProtocol.Udp, externalB, a.InnerEndpoint), KeyOf(a.Tun.Written[0].Bytes));
        Assert.True(PlainChecksum.IsIntact(a.Tun.Written[0].Bytes) && PlainChecksum.IsIntact(b.Tun.Written[0].Bytes));
        Assert.Equal((1, 1), (server.Tuns[0].WrittenCount, server.Tuns[1].WrittenCount));
    }

    [Fact]
    public async Task Client_that_moves_should_be_answered_where_it_is_by_the_same_shard()
    {
        await using var server = await SecureShards.StartAsync();
        foreach (var client in server.Clients)
        {
            var outer = await server.AskAsync(client);
            client.Address = PacketBuilder.Endpoint($"192.0.2.77:{1000 + client.Home}");
            Assert.Equal(outer, await server.AskAsync(client));
            server.Tuns[client.Home].Arrive(PacketBuilder.Udp(Remote, outer, "answer"u8));
            await Eventually.TrueAsync(() => client.Tun.WrittenCount == 1);
        }

        Assert.Equal(0, server.HandedOver);
    }

    /// <summary>The longest range counts, whichever shard its peer is on.</summary>
    [Fact]
    public async Task Inner_source_of_another_shards_peer_should_be_dropped()
    {
        await using var server = await SecureShards.StartAsync();
        var (a, b) = (server.Clients[0], server.Clients[1]);
        server.Guardian.Tell(new ApplyPeers([a.AsPeer with { AllowedIps = [InetPrefix.Parse("10.61.0.0/16")] }, b.AsPeer]));
        await Eventually.TrueAsync(() => server.End.Transports.All(transport => transport.Peers.Sessions.Count == 1));
        await server.AskAsync(a);

        a.Tun.Arrive(PacketBuilder.Udp(b.InnerEndpoint, Remote, "spoof"u8));
        await Eventually.TrueAsync(() => server.Line(0).Drops[DropReason.ForeignSource] == 1);
    }

    [Fact]
    public async Task Peers_of_any_shard_should_come_and_go_without_disturbing_the_others()
    {
        await using var server = await SecureShards.StartAsync();
        foreach (var client in server.Clients) await server.AskAsync(client);
        List<SecureShardsClient> others = [await server.AddClientAsync(1, "10.61.0.8"), await server.AddClientAsync(0, "10.61.0.9")];

        server.Guardian.Tell(new ApplyPeers(server.Peers));
        foreach (var client in server.Clients) await server.AskAsync(client);
        Assert.Equal([2, 2], server.End.ClientsOfShards.Select(clients => clients.Count));

        server.Guardian.Tell(new ApplyPeers([.. others.Select(client => client.AsPeer)]));
        await Eventually.TrueAsync(() => server.End.Transports.All(transport => transport.Peers.Sessions.Count == 1));
        var refused = server.Line(0).Drops[DropReason.NotAuthentic];
        foreach (var gone in server.Clients.Take(2)) gone.Tun.Arrive(PacketBuilder.Udp(gone.InnerEndpoint, Remote));
        await Eventually.TrueAsync(() => server.Line(0).Drops[DropReason.NotAuthentic] == refused + 2);
        foreach (var client in others) await server.AskAsync(client);
    }

    [Fact]
    public async Task Server_that_was_restarted_should_call_the_clients_of_all_shards()
    {
        await using var server = await SecureShards.StartAsync();
        foreach (var client in server.Clients) await server.AskAsync(client);
        var before = server.Clients.Select(client => client.Confirmed).ToList();
        await server.RestartServerAsync();
        await Eventually.TrueAsync(() => server.Clients.Zip(before, (client, confirmed) => client.Confirmed > confirmed).All(called => called));
        foreach (var client in server.Clients) await server.AskAsync(client);
        Assert.Equal(0, server.HandedOver);
    }

    [Theory]
    [InlineData("udp")]
    [InlineData("udp-2")]
    [InlineData("nat-2")]
    public async Task Clients_should_go_on_when_a_part_of_a_shard_is_killed(string part)
    {
        await using var server = await SecureShards.StartAsync();
        var outers = new List<InetEndpoint>();
        foreach (var client in server.Clients) outers.Add(await server.AskAsync(client));
        await server.System.KillAsync(part);
        foreach (var client in server.Clients) Assert.Equal(outers[client.Home], await server.AskAsync(client));
    }

    private static InetEndpoint External(InetEndpoint outer) => outer with { Address = TestNat.External };
}
