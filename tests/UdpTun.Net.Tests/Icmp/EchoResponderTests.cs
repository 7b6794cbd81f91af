using CsCheck;
using PacketDotNet;
using UdpTun.Net.Counters;
using UdpTun.Net.Headers;
using UdpTun.Net.Icmp;
using UdpTun.Testing.Memory;
using UdpTun.Testing.Packets;

namespace UdpTun.Net.Tests.Icmp;

public sealed class EchoResponderTests
{
    [Theory]
    [InlineData("10.61.0.2", "203.0.113.9")]
    [InlineData("fd61::2", "2001:db8::9")]
    [InlineData("fe80::2", "fe80::1")]
    public void Reply_should_be_the_one_a_host_would_build(string client, string pinged)
    {
        byte[] payload = [1, 2, 3, 4, 5];
        var packet = PacketBuilder.EchoRequest(client, pinged, identifier: 77, sequence: 3, payload);
        Assert.Equal(DropReason.None, EchoResponder.Answer(packet));
        Assert.Equal(PacketBuilder.EchoReply(pinged, client, identifier: 77, sequence: 3, payload), packet);
    }

    [Fact]
    public void Reply_should_satisfy_PacketDotNet()
    {
        var packet = PacketBuilder.EchoRequest("10.61.0.2", "203.0.113.9", identifier: 77, sequence: 3, [1, 2, 3]);
        EchoResponder.Answer(packet);
        var ip = Packet.ParsePacket(LinkLayers.Raw, packet).Extract<IPv4Packet>();
        Assert.True(ip.ValidIPChecksum);
        Assert.Equal("203.0.113.9", ip.SourceAddress.ToString());
        var icmp = ip.Extract<IcmpV4Packet>();
        Assert.Equal(IcmpV4TypeCode.EchoReply, icmp.TypeCode);
        Assert.Equal(77, icmp.Id);
        Assert.Equal(3, icmp.Sequence);
    }

    [Theory]
    [InlineData("10.61.0.2", "203.0.113.9", 8)]
    [InlineData("fd61::2", "2001:db8::9", 7)]
    public void Reply_should_live_as_long_as_a_fresh_packet_when_the_request_is_nearly_spent(string client, string pinged, int offset)
    {
        var packet = PacketBuilder.EchoRequest(client, pinged, 1);
        packet[offset] = 1;
        PacketBuilder.Finish(packet);
        Assert.Equal(DropReason.None, EchoResponder.Answer(packet));
        Assert.Equal(64, packet[offset]);
        Assert.True(PlainChecksum.IsIntact(packet));
    }

    [Fact]
    public void Pending_checksum_should_stay_pending_and_finish_right()
    {
        var packet = PacketBuilder.WithPendingChecksum(PacketBuilder.EchoRequest("fd61::2", "2001:db8::9", 5, payload: [1, 2]));
        Assert.Equal(DropReason.None, EchoResponder.Answer(packet, checksumPending: true));
        Assert.Equal(PacketBuilder.WithPendingChecksum(PacketBuilder.EchoReply("2001:db8::9", "fd61::2", 5, payload: [1, 2])), packet);

        packet = PacketBuilder.WithoutChecksum(PacketBuilder.EchoRequest("10.61.0.2", "203.0.113.9", 5));
        Assert.Equal(DropReason.None, EchoResponder.Answer(packet, checksumPending: true));
        Assert.Equal(PacketBuilder.WithoutChecksum(PacketBuilder.EchoReply("203.0.113.9", "10.61.0.2", 5)), packet);
    }

    public static TheoryData<byte[], DropReason> NotAnswered => new()
    {
        { PacketBuilder.EchoReply("10.61.0.2", "203.0.113.9", 1), DropReason.NotEchoRequest },
        { PacketBuilder.EchoReply("fd61::2", "2001:db8::9", 1), DropReason.NotEchoRequest },
        { PacketBuilder.Udp("10.61.0.2:7", "203.0.113.9:7"), DropReason.NotEchoRequest },
        { PacketBuilder.Tcp("[fd61::2]:7", "[2001:db8::9]:7", TcpFlags.Syn), DropReason.NotEchoRequest },
        { PacketBuilder.WithoutChecksum(PacketBuilder.EchoRequest("10.61.0.2", "203.0.113.9", 1)), DropReason.NotEchoRequest },
        { PacketBuilder.WithoutChecksum(PacketBuilder.EchoRequest("fd61::2", "2001:db8::9", 1)), DropReason.NotEchoRequest },
        { PacketBuilder.EchoRequest("10.61.0.2", "255.255.255.255", 1), DropReason.MartianAddress },
        { PacketBuilder.EchoRequest("10.61.0.2", "224.0.0.1", 1), DropReason.MartianAddress },
        { PacketBuilder.EchoRequest("fd61::2", "ff02::1", 1), DropReason.MartianAddress },
        { PacketBuilder.EchoRequest("255.255.255.255", "203.0.113.9", 1), DropReason.MartianAddress },
        { PacketBuilder.EchoRequest("10.61.0.2", "203.0.113.9", 1)[..^1], DropReason.Truncated },
        { [], DropReason.Truncated },
    };

    [Theory]
    [MemberData(nameof(NotAnswered))]
    public void Packet_should_stay_untouched_when_it_is_no_intact_request(byte[] packet, DropReason expected)
    {
        var before = packet.ToArray();
        Assert.Equal(expected, EchoResponder.Answer(packet));
        Assert.Equal(before, packet);
    }

    [Fact]
    public void Responder_should_answer_intact_requests_only_and_never_throw() =>
        Gen.Select(PacketGen.Any, Gen.Bool).Sample((packet, pending) =>
        {
            var before = packet.ToArray();
            if (EchoResponder.Answer(packet, pending) != DropReason.None) Assert.Equal(before, packet);
            else Assert.True(pending || PlainChecksum.IsIntact(packet));
        }, iter: 20_000);

    [Fact]
    public void Responder_should_allocate_nothing()
    {
        var request = PacketBuilder.EchoRequest("fd61::2", "2001:db8::9", 1, payload: new byte[1000]);
        var packet = new byte[request.Length];
        Assert.Equal(0, AllocationProbe.BytesOf(() =>
        {
            request.CopyTo(packet, 0);
            EchoResponder.Answer(packet);
        }));
    }
}
