using CsCheck;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Nat;
using UdpTun.Testing.Memory;
using UdpTun.Testing.Packets;
using static UdpTun.Net.Tests.Nat.NatFixture;

namespace UdpTun.Net.Tests.Nat;

public sealed class NatSessionTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly NatTable _table = Table();

    private static DropReason Out(NatSession session, byte[] packet, TimeSpan now = default) => session.TranslateOutbound(packet, false, now);

    private static DropReason In(NatSession session, byte[] packet, TimeSpan now = default) => session.TranslateInbound(packet, false, now);

    /// <summary>The client's packet, or the remote's answer to it, with TCP flags.</summary>
    private static byte[] FromClient(NatSession session, TcpFlags flags = TcpFlags.Ack) =>
        PacketGen.Build(new FlowKey(session.Mapping.Protocol, session.Mapping.Inner, session.Remote), [1, 2, 3], flags);

    private static byte[] FromRemote(NatSession session, TcpFlags flags = TcpFlags.Ack) => PacketGen.Build(session.InboundFlow, [1, 2, 3], flags);

    [Fact]
    public void Answer_should_come_back_to_the_inner_endpoint_for_every_flow() =>
        Gen.Select(PacketGen.Flow, PacketGen.Payload, Gen.Int).Sample((flow, payload, seed) =>
        {
            var session = Table(seed: seed).Open(Alice, flow);
            var request = PacketGen.Build(flow, payload);
            Assert.Equal(DropReason.None, Out(session, request));
            Assert.True(PlainChecksum.IsIntact(request));
            Assert.Equal(PacketGen.Build(session.InboundFlow.Reversed(), payload), request);

            var answer = PacketGen.Build(session.InboundFlow, payload);
            Assert.Equal(DropReason.None, In(session, answer));
            var isEchoOfZero = flow.Protocol is IpProtocol.Icmp or IpProtocol.IcmpV6 && flow.Source.Port == 0;
            Assert.Equal(isEchoOfZero ? EchoReplyOfZero(flow, payload) : PacketGen.Build(flow.Reversed(), payload), answer);
        });

    private static byte[] EchoReplyOfZero(FlowKey flow, byte[] payload) =>
        PacketBuilder.EchoReply(flow.Destination.Address, flow.Source.Address, 0, payload: payload);

    [Fact]
    public void Echo_of_two_clients_with_the_same_identifier_should_come_back_to_each()
    {
        var key = Key(IpProtocol.Icmp, "10.61.0.2:7", "203.0.113.1:0");
        var (alice, bob) = (_table.Open(Alice, key), _table.Open(Bob, key));
        foreach (var session in new[] { alice, bob })
        {
            var answer = FromRemote(session);
            Assert.Equal(DropReason.None, PacketParser.Parse(answer, out var inbound));
            Assert.True(_table.TryFindInbound(inbound, out var found) && found == session);
            Assert.Equal(DropReason.None, In(session, answer));
            Assert.Equal(PacketBuilder.EchoReply("203.0.113.1", "10.61.0.2", 7, payload: [1, 2, 3]), answer);
        }
    }

    [Fact]
    public void Packet_of_another_flow_should_be_refused_untouched()
    {
        var session = _table.Open(Alice, Udp("10.61.0.2:5000"));
        var outer = session.Mapping.Outer.ToString();
        foreach (var packet in new[]
        {
            PacketBuilder.Udp("10.61.0.2:5001", "203.0.113.1:53"), PacketBuilder.Udp("10.61.0.3:5000", "203.0.113.1:53"),
            PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:54"), PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.2:53"),
            PacketBuilder.Tcp("10.61.0.2:5000", "203.0.113.1:53", TcpFlags.Syn), PacketBuilder.Udp("203.0.113.2:53", outer),
            PacketBuilder.Udp("203.0.113.1:54", outer), PacketBuilder.Tcp("203.0.113.1:53", outer, TcpFlags.Ack), [],
        })
        {
            var before = packet.ToArray();
            Assert.Equal(DropReason.NoSession, Out(session, packet, Second));
            Assert.Equal(DropReason.NoSession, In(session, packet, Second));
            Assert.Equal(before, packet);
        }

        Assert.Equal((0, 0, TimeSpan.Zero), (session.Outbound.Packets, session.Inbound.Packets, session.LastSeen));
    }

    [Fact]
    public void Echo_session_should_let_requests_out_and_replies_in_alone()
    {
        var session = _table.Open(Alice, Key(IpProtocol.Icmp, "10.61.0.2:7", "203.0.113.1:0"));
        Assert.Equal(DropReason.NoSession, Out(session, PacketBuilder.EchoReply("10.61.0.2", "203.0.113.1", 7)));
        var outer = session.Mapping.Outer;
        Assert.Equal(DropReason.NoSession, In(session, PacketBuilder.EchoRequest(session.Remote.Address, outer.Address, outer.Port)));
    }

    [Fact]
    public void Ended_session_should_translate_nothing_because_its_port_may_be_another_s()
    {
        var session = _table.Open(Alice, Udp("10.61.0.2:5000"));
        _table.Close(session, default);
        Assert.Equal(DropReason.NoSession, Out(session, FromClient(session)));
        Assert.Equal(DropReason.NoSession, In(session, FromRemote(session)));
    }

    [Fact]
    public void Traffic_should_be_counted_by_direction()
    {
        var session = _table.Open(Alice, Udp("10.61.0.2:5000"));
        Out(session, FromClient(session));
        Out(session, FromClient(session));
        In(session, FromRemote(session));
        Assert.Equal((2, 62), (session.Outbound.Packets, session.Outbound.Bytes));
        Assert.Equal((1, 31), (session.Inbound.Packets, session.Inbound.Bytes));
    }

    [Theory]
    [InlineData(IpProtocol.Udp)]
    [InlineData(IpProtocol.Icmp)]
    public void Session_without_connection_should_be_established_by_the_first_answer(IpProtocol protocol)
    {
        var session = _table.Open(Alice, Key(protocol, "10.61.0.2:5000", protocol == IpProtocol.Udp ? "203.0.113.1:53" : "203.0.113.1:0"));
        Out(session, FromClient(session));
        Assert.Equal(SessionState.Opening, session.State);
        In(session, FromRemote(session));
        Assert.Equal(SessionState.Established, session.State);
    }

    [Theory]
    [InlineData(IpProtocol.Tcp, false, true)]
    [InlineData(IpProtocol.Tcp, true, true)]
    [InlineData(IpProtocol.Udp, false, false)]
    [InlineData(IpProtocol.Udp, true, true)]
    [InlineData(IpProtocol.Icmp, false, false)]
    [InlineData(IpProtocol.Icmp, true, true)]
    public void Inbound_should_keep_alive_what_the_policy_says_and_outbound_always(IpProtocol protocol, bool inboundRefresh, bool refreshed)
    {
        var table = Table(Policy with { InboundRefresh = inboundRefresh });
        var session = table.Open(Alice, Key(protocol, "10.61.0.2:5000", protocol == IpProtocol.Icmp ? "203.0.113.1:0" : "203.0.113.1:53"), Second);
        Out(session, FromClient(session), 2 * Second);
        Assert.Equal(2 * Second, session.LastSeen);
        In(session, FromRemote(session), 3 * Second);
        Assert.Equal(refreshed ? 3 * Second : 2 * Second, session.LastSeen);
        Assert.Equal(Second, session.OpenedAt);
    }

    [Fact]
    public void Idle_timeout_should_be_the_RFC_s_for_each_protocol_and_state()
    {
        Assert.Equal(300 * Second, _table.Open(Alice, Udp("10.61.0.2:1")).IdleTimeout);
        Assert.Equal(60 * Second, _table.Open(Alice, Key(IpProtocol.Icmp, "10.61.0.2:1", "203.0.113.1:0")).IdleTimeout);
        Assert.Equal(60 * Second, _table.Open(Alice, Key(IpProtocol.IcmpV6, "[fd61::2]:1", "[2001:db8::1]:0")).IdleTimeout);

        var tcp = _table.Open(Alice, Tcp("10.61.0.2:1"));
        Out(tcp, FromClient(tcp, TcpFlags.Syn));
        Assert.Equal(240 * Second, tcp.IdleTimeout);
        In(tcp, FromRemote(tcp, TcpFlags.Syn | TcpFlags.Ack));
        Out(tcp, FromClient(tcp));
        Assert.Equal(7440 * Second, tcp.IdleTimeout);
        In(tcp, FromRemote(tcp, TcpFlags.Rst));
        Assert.Equal(240 * Second, tcp.IdleTimeout);
    }

    [Fact]
    public void Connection_older_than_the_table_should_be_established_once_both_sides_were_heard()
    {
        var session = _table.Open(Alice, Tcp("10.61.0.2:5000"));
        Out(session, FromClient(session));
        Assert.Equal(240 * Second, session.IdleTimeout);
        In(session, FromRemote(session));
        Assert.Equal(7440 * Second, session.IdleTimeout);
    }

    [Fact]
    public void Session_should_not_throw_or_write_for_any_bytes() => PacketGen.Any.Sample(packet =>
    {
        var session = Table().Open(Alice, Udp("10.61.0.2:5000"));
        var before = packet.ToArray();
        if (Out(session, packet) == DropReason.None) return;
        if (In(session, packet) != DropReason.None) Assert.Equal(before, packet);
    }, iter: 5_000);

    [Theory]
    [InlineData(IpProtocol.Tcp)]
    [InlineData(IpProtocol.Udp)]
    [InlineData(IpProtocol.Icmp)]
    public void Translation_should_allocate_nothing(IpProtocol protocol)
    {
        var session = _table.Open(Alice, Key(protocol, "10.61.0.2:5000", protocol == IpProtocol.Icmp ? "203.0.113.1:0" : "203.0.113.1:53"));
        var (request, answer) = (FromClient(session), FromRemote(session));
        var packet = new byte[request.Length];
        Assert.Equal(0, AllocationProbe.BytesOf(() =>
        {
            request.CopyTo(packet, 0);
            session.TranslateOutbound(packet, false, Second);
            answer.CopyTo(packet, 0);
            session.TranslateInbound(packet, false, Second);
        }));
        Assert.Equal(session.Outbound.Packets, session.Inbound.Packets);
        Assert.NotEqual(0, session.Inbound.Packets);
    }

    [Theory]
    [InlineData(TcpFlags.Syn, true)]
    [InlineData(TcpFlags.Syn | TcpFlags.Ack, true)]
    [InlineData(TcpFlags.Ack, false)]
    public void Syn_should_announce_no_more_than_the_tunnel_carries_in_both_directions(TcpFlags flags, bool lowered)
    {
        var session = Table(NatFixture.Policy with { TunnelMtu = 1420 }).Open(NatFixture.Alice, NatFixture.Tcp("10.61.0.2:5000"));
        var (outbound, inbound) = (WithMss(FromClient(session, flags)), WithMss(FromRemote(session, flags)));

        Assert.Equal(DropReason.None, Out(session, outbound));
        Assert.Equal(DropReason.None, In(session, inbound));

        Assert.All([outbound, inbound], packet =>
        {
            Assert.Equal(lowered ? 1380 : 1460, (packet[42] << 8) | packet[43]);
            Assert.Equal(PlainChecksum.OfTransport(packet), (ushort)((packet[36] << 8) | packet[37]));
        });
    }

    [Fact]
    public void Syn_should_announce_20_bytes_less_in_IPv6()
    {
        var session = Table(NatFixture.Policy with { TunnelMtu = 1420 })
            .Open(NatFixture.Alice, NatFixture.Tcp("[fd61::2]:5000", "[2001:db8::1]:80"));
        var plain = FromClient(session, TcpFlags.Syn);
        byte[] packet = [.. plain[..60], 2, 4, 0x05, 0xB4, .. plain[60..]];
        packet[5] += 4; // payload length
        packet[52] = 6 << 4; // data offset
        PacketBuilder.Finish(packet);

        Assert.Equal(DropReason.None, Out(session, packet));

        Assert.Equal(1360, (packet[62] << 8) | packet[63]);
        Assert.True(PlainChecksum.IsIntact(packet));
    }

    /// <summary>The packet with the option "maximum segment size 1460" behind its header, checksums right.</summary>
    private static byte[] WithMss(byte[] packet)
    {
        byte[] longer = [.. packet[..40], 2, 4, 0x05, 0xB4, .. packet[40..]];
        longer[3] += 4; // total length
        longer[32] = 6 << 4; // data offset
        return PacketBuilder.Finish(longer);
    }

    [Fact]
    public void Clients_with_equal_identifications_should_leave_with_different_ones()
    {
        var table = NatFixture.Table();
        var identifications = new[] { NatFixture.Alice, NatFixture.Bob }.Select(client =>
        {
            var key = NatFixture.Udp("10.61.0.2:5000");
            var packet = PacketGen.Build(key, [1]);
            packet[6] = 0; // a router may cut it
            PacketBuilder.RefreshHeaderChecksum(packet);
            Assert.Equal(DropReason.None, table.Open(client, key).TranslateOutbound(packet, false, default));
            Assert.True(PlainChecksum.IsIntact(packet));
            return (packet[4] << 8) | packet[5];
        });
        Assert.Equal(2, identifications.Distinct().Count());
    }

    [Fact]
    public void No_ICMP_message_should_refresh_or_change_a_session()
    {
        var table = NatFixture.Table();
        var session = table.Open(NatFixture.Alice, NatFixture.Tcp("10.61.0.2:5000"));
        session.TranslateOutbound(PacketGen.Build(NatFixture.Tcp("10.61.0.2:5000"), [], TcpFlags.Syn), false, TimeSpan.Zero);
        var (inside, outside) = (PacketGen.Build(session.InboundFlow with { Destination = session.Mapping.Inner }, []), PacketGen.Build(NatFixture.Tcp("10.61.0.2:5000") with { Source = session.Mapping.Outer }, []));
        var late = TimeSpan.FromSeconds(100);
        for (var type = 0; type < 256; type++)
        {
            for (byte code = 0; code < 16; code++)
            {
                var (fromClient, fromRouter) = (
                    PacketBuilder.Icmp(session.Mapping.Inner.Address, session.Remote.Address, (byte)type, payload: inside),
                    PacketBuilder.Icmp(InetAddress.Parse("198.51.100.9"), session.Mapping.Outer.Address, (byte)type, payload: outside));
                (fromClient[21], fromRouter[21]) = (code, code);
                session.TranslateOutbound(PacketBuilder.Finish(fromClient), false, late);
                session.TranslateInbound(PacketBuilder.Finish(fromRouter), false, late);
            }
        }

        Assert.Equal((TimeSpan.Zero, SessionState.Opening, true), (session.LastSeen, session.State, session.IsOpen));
        Assert.Equal((1L, 0L), (session.Outbound.Packets, session.Inbound.Packets));
    }

    [Theory]
    [InlineData(4)] // source quench
    [InlineData(5)] // redirect
    public void Source_quench_and_redirect_should_not_pass(byte type)
    {
        var quote = PacketBuilder.Udp("203.0.113.1:53", "10.61.0.2:5000");
        var error = PacketBuilder.Icmp(InetAddress.Parse("10.61.0.2"), InetAddress.Parse("203.0.113.1"), type, payload: quote);
        Assert.Equal(DropReason.UnsupportedIcmp, PacketParser.Parse(error, out _));
    }
}
