using CsCheck;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.PortMapping;
using UdpTun.Net.Tests.Nat;
using UdpTun.Testing.Packets;

namespace UdpTun.Net.Tests.PortMapping;

public sealed class PortMappingDatagramTests
{
    private static PortMapper Mapper(NatTable table) => new(
        table, new ExternalAddresses([(InetAddress.Parse("192.168.61.123"), InetAddress.Parse("203.0.113.1"))]), isOn: true, TimeSpan.FromHours(2));

    private static DropReason Answer(byte[] packet, out byte[] answer, PortMapper? mapper = null)
    {
        var room = new byte[packet.Length + PortMappingDatagram.MaxGrowth];
        packet.CopyTo(room, 0);
        var length = packet.Length;
        var reason = PortMappingDatagram.Answer(
            room, ref length, false, mapper ?? Mapper(NatFixture.Table()), NatFixture.Alice, TimeSpan.FromSeconds(258));
        answer = room[..length];
        return reason;
    }

    private static byte[] Request(params byte[] payload) => PacketBuilder.Udp("10.61.0.2:5000", "192.168.61.1:5351", payload);

    private static void AssertAnswered(byte[] request, params byte[] response)
    {
        Assert.Equal(DropReason.None, Answer(request, out var answer));
        var expected = PacketBuilder.Udp("192.168.61.1:5351", "10.61.0.2:5000", response);
        (expected[4], expected[5]) = (0, 0); // identification
        expected[6] = 0x40; // never a fragment
        Assert.Equal(PacketBuilder.Finish(expected), answer);
    }

    [Fact]
    public void External_address_should_be_answered_in_12_bytes() =>
        AssertAnswered(Request(0, 0), 0, 128, 0, 0, 0, 0, 1, 2, 203, 0, 113, 1);

    [Fact]
    public void Mapping_should_be_answered_in_16_bytes() => AssertAnswered(
        Request(0, 2, 0, 0, 0, 80, 0x4E, 0x70, 0, 0, 0x0E, 0x10), 0, 130, 0, 0, 0, 0, 1, 2, 0, 80, 0x4E, 0x70, 0, 0, 0x0E, 0x10);

    [Fact]
    public void Unknown_version_and_opcode_should_be_answered_in_8_bytes()
    {
        AssertAnswered(Request([2, 1, .. new byte[58]]), 0, 129, 0, 1, 0, 0, 1, 2); // as PCP would ask
        AssertAnswered(Request(0, 99), 0, 99 + 128, 0, 5, 0, 0, 1, 2);
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 0 })]
    [InlineData(new byte[] { 0, 128 })] // a response
    [InlineData(new byte[] { 0, 1, 0, 0, 0, 80, 0, 0, 0, 0, 0 })] // a byte short
    public void No_request_should_be_dropped_and_untouched(byte[] payload)
    {
        var packet = Request(payload);
        Assert.Equal(DropReason.BadPortRequest, Answer(packet, out var left));
        Assert.Equal(packet, left);
    }

    [Fact]
    public void Damaged_request_should_be_dropped_and_one_without_checksum_answered()
    {
        var packet = Request(0, 0);
        packet[^1] ^= 1;
        Assert.Equal(DropReason.BadPortRequest, Answer(packet, out _));
        var unchecked_ = Request(0, 0);
        (unchecked_[26], unchecked_[27]) = (0, 0);
        Assert.Equal(DropReason.None, Answer(unchecked_, out _));
    }

    [Fact]
    public void Any_bytes_should_be_answered_or_dropped_and_keep_the_table_sound()
    {
        var table = NatFixture.Table();
        Gen.Byte.Array[0, 60].Sample(payload =>
        {
            if (payload.Length > 1) payload[1] &= 0x83; // known opcodes often
            if (payload.Length > 0) payload[0] &= 1;
            var reason = Answer(Request(payload), out _, Mapper(table));
            Assert.True(reason is DropReason.None or DropReason.BadPortRequest, $"{reason}");
            Assert.Equal(table.MappingCount, table.Held.Count());
        }, iter: 20_000, threads: 1);
    }
}
