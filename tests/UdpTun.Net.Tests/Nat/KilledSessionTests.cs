using System.Buffers.Binary;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Icmp;
using UdpTun.Net.Nat;
using UdpTun.Testing.Packets;
using static UdpTun.Net.Tests.Nat.NatFixture;

namespace UdpTun.Net.Tests.Nat;

public sealed class KilledSessionTests
{
    private readonly NatTable _table = Table();
    private readonly List<NatSession> _ended = [];

    [Fact]
    public void Killed_flow_should_pass_neither_way_until_it_has_been_silent_for_a_minute()
    {
        var session = _table.Open(Alice, Udp("10.61.0.2:5000"));
        session.Kill(TimeSpan.FromSeconds(5));

        Assert.Equal(DropReason.Killed, session.TranslateOutbound(PacketGen.Build(Udp("10.61.0.2:5000"), []), false, TimeSpan.FromSeconds(60)));
        Assert.Equal(DropReason.Killed, session.TranslateInbound(PacketGen.Build(session.InboundFlow, []), false, TimeSpan.FromSeconds(61)));
        Assert.Equal((0, 0), (session.Outbound.Packets, session.Inbound.Packets));
        _table.Sweep(TimeSpan.FromSeconds(120), 100, _ended);
        Assert.Empty(_ended);
        _table.Sweep(TimeSpan.FromSeconds(121), 100, _ended);

        Assert.Equal([session], _ended);
        Assert.NotSame(session, _table.Open(Alice, Udp("10.61.0.2:5000")));
    }

    [Fact]
    public void Drops_should_be_summed_up_and_the_last_one_told()
    {
        var session = _table.Open(Alice, Udp("10.61.0.2:5000"));
        Assert.Null(session.LastDrop);
        session.NoteDrop(DropReason.BadIcmpChecksum, 2, TimeSpan.FromSeconds(1));
        session.NoteDrop(DropReason.TimeToLiveExceeded, 1, TimeSpan.FromSeconds(3));

        Assert.Equal(
            (DropReason.TimeToLiveExceeded, 3L, TimeSpan.FromSeconds(3)), (session.LastDrop!.Reason, session.LastDrop.Packets, session.LastDrop.At));
    }

    [Theory]
    [InlineData(4, 1300, 1300)]
    [InlineData(4, 0, null)]
    [InlineData(1, 1300, null)]
    public void Path_mtu_should_be_what_a_router_said(byte code, ushort mtu, int? expected)
    {
        var session = _table.Open(Alice, Udp("10.61.0.2:5000"));
        var quoted = PacketGen.Build(Udp("10.61.0.2:5000"), new byte[64]);
        Assert.Equal(DropReason.None, session.TranslateOutbound(quoted, false, default));
        var error = PacketBuilder.Icmp(
            InetAddress.Parse("198.51.100.1"), session.Mapping.Outer.Address, IcmpType.DestinationUnreachable, sequence: mtu, payload: quoted);
        error[21] = code;
        error.AsSpan(22, 2).Clear();
        BinaryPrimitives.WriteUInt16BigEndian(error.AsSpan(22), InternetChecksum.Compute(error.AsSpan(20)));

        Assert.Equal(DropReason.None, session.TranslateInbound(error, false, default));

        Assert.Equal(expected, session.PathMtu);
    }

    [Fact]
    public void Path_mtu_of_version_6_should_be_what_a_router_said()
    {
        var error = PacketBuilder.Icmp(
            InetAddress.Parse("2001:db8::1"), InetAddress.Parse("fd61::123"), IcmpType.PacketTooBigV6, sequence: 1280,
            payload: PacketGen.Build(Udp("[fd61::123]:5000", "[2001:db8::2]:53"), new byte[64]));

        Assert.Equal(1280, PacketTooBig.MtuOf(error));
        Assert.Null(PacketTooBig.MtuOf(error.AsSpan(0, 44)));
    }
}
