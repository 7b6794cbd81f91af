using CsCheck;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Testing.Packets;
using UdpTun.Transport.Secure;
using UdpTun.Transport.Secure.Commands;
using UdpTun.Transport.Secure.Keys;
using UdpTun.Transport.Tests.Secure.Simulation;

namespace UdpTun.Transport.Tests.Secure;

public sealed class SecureTransportTests
{
    /// <summary>Whatever comes from wherever, of every type and length: nothing is answered, delivered or thrown, and the session goes on.</summary>
    [Fact]
    public void Strangers_bytes_should_do_nothing()
    {
        using var pair = new Pair();
        pair.ClientSends(Pair.Question);
        var (sent, delivered) = (pair.Sent.Count, 1);
        Gen.Select(Gen.Byte[0, 6], Gen.Byte.Array[0, 300]).Sample(
            (type, body) => pair.Server.Receive([type, 0, 0, 0, .. body], Pair.ClientAddress), iter: 20_000, threads: 1);
        Assert.Equal((sent, delivered), (pair.Sent.Count, pair.Server.Delivered.Count));
        pair.ClientSends(Pair.Question);
        Assert.Equal(2, pair.Server.Delivered.Count);
    }

    /// <summary>A recorded datagram with one bit turned or its end cut off, from its sender's own address.</summary>
    [Fact]
    public void Damaged_datagrams_should_be_counted_and_not_answered()
    {
        using var pair = new Pair();
        pair.ClientSends(Pair.Question);
        pair.Client.Send(Pair.Question);
        var recorded = pair.Sent[^1].Datagram;
        var (sent, expected) = (pair.Sent.Count, 0);
        for (var bit = 0; bit < 8 * recorded.Length; bit += 3)
        {
            var flipped = recorded.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            pair.Server.Receive(flipped, Pair.ClientAddress);
            expected++;
        }

        for (var length = 1; length < recorded.Length; length++, expected++) pair.Server.Receive(recorded[..length], Pair.ClientAddress);
        Assert.Equal(expected, pair.Server.Drops[DropReason.NotAuthentic]);
        Assert.Equal(sent, pair.Sent.Count);
        pair.Deliver();
        Assert.Equal(2, pair.Server.Delivered.Count); // the true one still counts as new
    }

    [Fact]
    public void Responder_should_know_of_its_session_as_soon_as_the_peer_uses_it()
    {
        using var pair = new Pair { Passes = (_, datagram) => datagram[0] != 4 };
        pair.ClientSends(Pair.Question);
        Assert.Null(pair.ServerSide.EstablishedAt);
        pair.Passes = (_, _) => true;
        pair.ClientSends(Pair.Question);
        Assert.Equal(pair.Time.Now, pair.ServerSide.EstablishedAt);
    }

    [Fact]
    public void Peers_that_are_away_should_not_take_the_room_of_one_that_is_there()
    {
        using var pair = new Pair();
        for (var i = 0; i < 2 * pair.Server.StagedMost; i++)
        {
            pair.Server.AddPeer(SecretKey.GeneratePrivate().ToPublic(), $"10.61.1.{i}/32", PacketBuilder.Endpoint($"192.0.2.{100 + i}:1"));
            pair.Server.Send(PacketBuilder.Udp("203.0.113.1:53", $"10.61.1.{i}:5000"));
        }

        pair.ServerSide.Session.MoveTo(Pair.ClientAddress);
        pair.ServerSends(Pair.Answer);
        Assert.Equal(Pair.Answer, Assert.Single(pair.Client.Delivered).Packet);
        Assert.Equal(pair.Server.StagedMost + 1, pair.Server.Drops[DropReason.NoPeerSession]); // of those that had waited longest
        Assert.Equal(pair.Server.StagedMost - 1, pair.Server.StagedBursts);
    }

    [Fact]
    public void Way_to_a_peer_should_be_what_its_own_datagrams_came_by_and_not_what_strangers_forge()
    {
        using var pair = new Pair();
        pair.ClientSends(Pair.Question);
        pair.Server.Confirmed.Clear();
        FromClient(1);
        FromClient(1);
        pair.Server.Receive([4, 0, 0, 0, .. new byte[60]], Pair.ClientAddress, path: 2);
        pair.Server.Receive(pair.Sent[^1].Datagram, Pair.ClientAddress, path: 2); // a repeat
        FromClient(3);
        Assert.Equal([(Pair.ClientAddress, 1), (Pair.ClientAddress, 3)], pair.Server.Confirmed);
        pair.Time.Now += TimeSpan.FromSeconds(1);
        pair.Client.CallAgain(pair.ClientSide);
        pair.Deliver();
        Assert.Equal((Pair.ClientAddress, 0), pair.Server.Confirmed[2]); // the answer goes where the call came to
        FromClient(3);
        Assert.Equal((Pair.ClientAddress, 3), pair.Server.Confirmed[^1]);

        void FromClient(ushort path)
        {
            pair.Client.Send(Pair.Question);
            pair.Server.Receive(pair.Sent[^1].Datagram, Pair.ClientAddress, path);
        }
    }

    [Fact]
    public void Replayed_datagram_should_be_counted_and_move_nobody()
    {
        using var pair = new Pair();
        pair.ClientSends(Pair.Question);
        var recorded = pair.Sent[^1].Datagram;
        pair.Server.Receive(recorded, PacketBuilder.Endpoint("203.0.113.66:666"));
        Assert.Equal(1, pair.Server.Drops[DropReason.Replayed]);
        Assert.Equal(Pair.ClientAddress, pair.ServerSide.Session.Endpoint);
    }

    [Fact]
    public void Source_that_is_not_the_peers_should_be_dropped_and_the_session_go_on()
    {
        using var pair = new Pair();
        pair.ClientSends(PacketBuilder.Udp("10.61.0.3:1", "203.0.113.1:2"), PacketBuilder.Udp("[fd61::3]:1", "[2001:db8::1]:2"));
        Assert.Equal(2, pair.Server.Drops[DropReason.ForeignSource]);
        Assert.Empty(pair.Server.Delivered);
        pair.ClientSends(PacketBuilder.Udp("[fd61::2]:1", "[2001:db8::1]:2"));
        Assert.Single(pair.Server.Delivered);
    }

    [Fact]
    public void Peer_should_be_answered_where_its_last_authentic_datagram_came_from()
    {
        using var pair = new Pair();
        pair.ClientSends(Pair.Question);
        pair.Client.Address = PacketBuilder.Endpoint("192.0.2.99:1");
        pair.ClientSends(Pair.Question);
        pair.ServerSends(Pair.Answer);
        Assert.Single(pair.Client.Delivered);
        Assert.Equal(pair.Client.Address, pair.ServerSide.Session.Endpoint);
    }

    [Fact]
    public void Peer_that_is_said_to_be_elsewhere_should_not_be_followed_back_by_what_was_on_its_way()
    {
        using var pair = new Pair();
        pair.ClientSends(Pair.Question);
        var (former, elsewhere, third) = (Pair.ServerAddress, PacketBuilder.Endpoint("198.51.100.2:9877"), PacketBuilder.Endpoint("198.51.100.3:9877"));
        Say(elsewhere);
        FromServer(former);
        Assert.Equal(elsewhere, pair.ClientSide.Session.Endpoint);
        FromServer(elsewhere);
        FromServer(former); // overtaken on its way
        Assert.Equal(elsewhere, pair.ClientSide.Session.Endpoint);
        Say(third);
        FromServer(elsewhere);
        FromServer(former);
        Assert.Equal(third, pair.ClientSide.Session.Endpoint);
        Assert.Equal(5, pair.Client.Delivered.Count);

        pair.Time.Now += ProtocolTimes.Standard.RekeyTimeout;
        FromServer(former);
        Assert.Equal(former, pair.ClientSide.Session.Endpoint);

        void Say(InetEndpoint place) => pair.Client.Transport.Do(new SecureCommand.MoveTo(pair.ClientSide.Session, place), pair.Client.Turn);

        void FromServer(InetEndpoint place)
        {
            pair.Server.Send(Pair.Answer);
            pair.Client.Receive(pair.Sent[^1].Datagram, place);
        }
    }

    [Fact]
    public void Response_of_the_former_place_should_give_keys_and_not_call_back_there()
    {
        using var pair = new Pair();
        pair.ClientSends(Pair.Question);
        pair.Client.CallAgain(pair.ClientSide);
        pair.Time.Now += TimeSpan.FromSeconds(1);
        var elsewhere = PacketBuilder.Endpoint("198.51.100.2:9877");
        var established = pair.ClientSide.EstablishedAt;
        pair.Client.Transport.Do(new SecureCommand.MoveTo(pair.ClientSide.Session, elsewhere), pair.Client.Turn);
        pair.Deliver();
        Assert.NotEqual(established, pair.ClientSide.EstablishedAt);
        Assert.Equal(elsewhere, pair.ClientSide.Session.Endpoint);
    }

    /// <summary>Nothing can be on its way from a peer that is silent: the first that is heard of it tells where it is.</summary>
    [Fact]
    public void Peer_that_was_silent_should_be_followed_at_once_wherever_it_is_said_to_be()
    {
        using var pair = new Pair();
        pair.ClientSends(Pair.Question);
        pair.Time.Now += ProtocolTimes.Standard.RekeyTimeout;
        pair.Server.Transport.Do(new SecureCommand.MoveTo(pair.ServerSide.Session, PacketBuilder.Endpoint("192.0.2.99:1")), pair.Server.Turn);
        pair.ClientSends(Pair.Question);
        Assert.Equal(Pair.ClientAddress, pair.ServerSide.Session.Endpoint);
    }

    /// <summary>Sealing a super-packet is cutting it and sealing its segments, whatever the sizes; also shorter ones than their header.</summary>
    [Fact]
    public void Super_packet_should_arrive_as_its_segments() => Gen.Select(Gen.Int[1, 20_000], Gen.OneOf(Gen.Int[1, 60], Gen.Int[1, 1380])).Sample((most, segment) =>
    {
        using var pair = new Pair();
        pair.ClientSends(Pair.Question);
        var bytes = Math.Min(most, 300 * segment);
        var payload = new byte[bytes];
        new Random(bytes).NextBytes(payload);
        var super = PacketBuilder.WithPendingChecksum(PacketBuilder.Udp(
            PacketBuilder.Endpoint("10.61.0.2:5000"), PacketBuilder.Endpoint("203.0.113.1:53"), payload));
        pair.Client.Send(new PacketOffload(SegmentKind.Udp, true, 28, (ushort)segment, 20, 6), super);
        pair.Deliver();
        var segments = pair.Server.Delivered.Skip(1).Select(delivered => delivered.Packet).ToList();
        Assert.Equal((bytes + segment - 1) / segment, segments.Count);
        Assert.Equal(payload, segments.SelectMany(packet => packet[28..]));
        Assert.All(segments, packet => Assert.Equal(DropReason.None, PacketParser.Parse(packet, out _)));
    }, iter: 30, threads: 1);

    /// <summary>Packets that lie one behind the other, as a joined datagram brings them: what is padded must not reach into its neighbour.</summary>
    [Fact]
    public void Row_of_packets_should_arrive_whole() => Gen.Select(Gen.Int[1, 20], Gen.Int[0, 100]).Sample((count, bytes) =>
    {
        using var pair = new Pair();
        pair.ClientSends(Pair.Question);
        var packets = Enumerable.Range(0, count).Select(i => PacketBuilder.Udp(
            "10.61.0.2:5000", "203.0.113.1:53", [.. Enumerable.Repeat((byte)(i + 1), bytes)])).ToList();
        pair.Client.SendRow(packets);
        pair.Deliver();
        Assert.Equal(packets, pair.Server.Delivered.Skip(1).Select(delivered => delivered.Packet));
    }, iter: 30, threads: 1);

    /// <summary>What a peer sends to another: joined on its way in, with the tails where their datagrams lay.</summary>
    [Fact]
    public void Joined_packet_should_arrive_as_its_segments() => Gen.Select(Gen.Int[2, 20], Gen.Int[1, 100]).Sample((count, bytes) =>
    {
        using var pair = new Pair();
        pair.ClientSends(Pair.Question);
        var packets = Enumerable.Range(0, count).Select(i => PacketBuilder.Tcp(
            PacketBuilder.Endpoint("10.61.0.2:5000"), PacketBuilder.Endpoint("203.0.113.1:80"), TcpFlags.Ack,
            [.. Enumerable.Repeat((byte)(i + 1), bytes)], sequence: (uint)(1 + (i * bytes)))).ToList();
        pair.Client.SendRow(packets, joined: true);
        pair.Deliver();
        var arrived = pair.Server.Delivered.Skip(1).Select(delivered => delivered.Packet).ToList();
        Assert.Equal(packets.SelectMany(packet => packet[40..]), arrived.SelectMany(packet => packet[40..]));
        Assert.Equal(count, arrived.Count);
        Assert.All(arrived, packet => Assert.Equal(DropReason.None, PacketParser.Parse(packet, out _)));
    }, iter: 30, threads: 1);
}
