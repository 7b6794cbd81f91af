using System.Buffers.Binary;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Testing.Packets;

namespace UdpTun.Net.Tests.Nat;

public sealed class IpIdentifiersTests
{
    private static readonly InetAddress Destination = InetAddress.Parse("203.0.113.1");

    private readonly IpIdentifiers _identifiers = new(new Random(1));

    private static byte[] Packet(int field)
    {
        var packet = PacketBuilder.Udp("192.168.61.123:20000", "203.0.113.1:53", [1, 2, 3]);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(6), (ushort)field);
        return PacketBuilder.RefreshHeaderChecksum(packet);
    }

    private static ushort IdentificationOf(byte[] packet) => BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(4));

    [Fact]
    public void Packets_that_may_be_cut_should_never_share_a_number_within_65536()
    {
        var seen = new HashSet<ushort>();
        for (var i = 0; i <= ushort.MaxValue; i++)
        {
            var packet = Packet(0);
            _identifiers.Renew(packet, Destination, IpProtocol.Udp);
            Assert.True(PlainChecksum.IsIntact(packet));
            Assert.True(seen.Add(IdentificationOf(packet)));
        }
    }

    [Theory]
    [InlineData(0x4000)] // may not be cut
    [InlineData(0x2000)] // a first fragment
    [InlineData(0x2010)] // a later one
    [InlineData(0x0010)] // the last
    public void Other_packets_should_keep_their_number(int field)
    {
        var packet = Packet(field);
        var before = packet.ToArray();
        _identifiers.Renew(packet, Destination, IpProtocol.Udp);
        Assert.Equal(before, packet);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(16)]
    public void Numbers_of_several_shards_should_never_meet_and_rows_should_not_break(int shards)
    {
        var owners = new Dictionary<uint, int>();
        for (var shard = 0; shard < shards; shard++)
        {
            var identifiers = new IpIdentifiers(new Random(shard), shard, shards);
            for (var i = 0; i < 3000; i++)
            {
                var first = identifiers.Next(Destination, IpProtocol.Udp, count: 45) & ushort.MaxValue;
                for (var number = first; number < first + 45; number++)
                {
                    if (!owners.TryAdd(number, shard)) Assert.Equal(shard, owners[number]);
                }
            }
        }

        Assert.All(owners.Keys, number => Assert.InRange(number, 0u, ushort.MaxValue));
    }

    [Fact]
    public void Busy_destination_should_leave_the_numbers_of_others_alone()
    {
        var other = InetAddress.Parse("203.0.113.2");
        var first = _identifiers.Next(other, IpProtocol.Udp);
        for (var i = 0; i < 10; i++) _identifiers.Next(Destination, IpProtocol.Udp);
        Assert.Equal(first + 1, _identifiers.Next(other, IpProtocol.Udp));
    }
}
