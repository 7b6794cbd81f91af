using CsCheck;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Testing.Packets;
using UdpTun.Transport.Plain;

namespace UdpTun.Transport.Tests.Plain;

public sealed class PlainTransportTests
{
    private readonly PacketPool _pool = new(maxBursts: 1);
    private readonly DropCounters _drops = new();
    private readonly PlainTransport _transport = new();

    private TransportTurn Turn => new(default, _pool, _pool, _drops);

    public static TheoryData<string, byte[], DropReason> Datagrams => new()
    {
        { "IPv4", PacketBuilder.Udp("10.0.0.1:1", "203.0.113.1:2", "text"u8), DropReason.None },
        { "IPv6", PacketBuilder.Udp("[fd00::1]:1", "[2001:db8::1]:2", "text"u8), DropReason.None },
        { "empty", [], DropReason.Truncated },
        { "one byte", [0x45], DropReason.Truncated },
        { "IPv4 header cut", PacketBuilder.Udp("10.0.0.1:1", "203.0.113.1:2")[..19], DropReason.Truncated },
        { "IPv6 header cut", PacketBuilder.Udp("[fd00::1]:1", "[2001:db8::1]:2")[..39], DropReason.Truncated },
        { "IPv4 payload cut", PacketBuilder.Udp("10.0.0.1:1", "203.0.113.1:2")[..^1], DropReason.Truncated },
        { "IPv6 payload cut", PacketBuilder.Udp("[fd00::1]:1", "[2001:db8::1]:2")[..^1], DropReason.Truncated },
        { "a byte behind", [.. PacketBuilder.Udp("10.0.0.1:1", "203.0.113.1:2"), 0], DropReason.BadLength },
        { "version 0", new byte[40], DropReason.NotIp },
        { "version 15", [0xF5, .. new byte[39]], DropReason.NotIp },
    };

    [Theory]
    [MemberData(nameof(Datagrams))]
    public void Open_should_accept_exactly_one_whole_packet(string what, byte[] datagram, DropReason expected)
    {
        var burst = _pool.LeaseWith(datagram);
        _transport.Open(burst, Turn);
        Assert.True(expected == DropReason.None ? burst.Packet(0).SequenceEqual(datagram) : burst.Packets[0].Length == 0, what);
        Assert.Equal(expected == DropReason.None ? 0 : 1, _drops.Total);
        if (expected != DropReason.None) Assert.Equal(1, _drops[expected]);
    }

    [Fact]
    public void Open_should_leave_the_good_packets_of_a_burst_where_they_are()
    {
        var packet = PacketBuilder.EchoRequest("10.0.0.1", "203.0.113.1", 7);
        var burst = _pool.LeaseWith([0x99], packet, [1, 2, 3], packet);
        _transport.Open(burst, Turn);
        Assert.Equal([0, packet.Length, 0, packet.Length], burst.Packets.ToArray().Select(descriptor => descriptor.Length));
        Assert.True(burst.Packet(3).SequenceEqual(packet));
    }

    [Fact]
    public void Seal_should_change_nothing()
    {
        var packet = PacketBuilder.EchoRequest("10.0.0.1", "203.0.113.1", 7);
        var batch = _pool.LeaseWith(packet).Share(0, 1);
        _transport.Seal(batch, Turn);
        Assert.True(_transport.TryTakeReady(out var datagrams));
        Assert.Same(batch, datagrams);
        Assert.True(datagrams.Packet(0).SequenceEqual(packet));
        Assert.False(_transport.TryTakeReady(out _));
    }

    /// <summary>What it lets pass is whole by the parser's measure too, whatever else the parser may dislike.</summary>
    [Fact]
    public void Open_should_never_throw_and_never_pass_a_packet_that_is_not_whole() => Gen.Byte.Array[0, 100].Sample(datagram =>
    {
        var burst = _pool.LeaseWith(datagram);
        try
        {
            _transport.Open(burst, Turn);
            return burst.Packets[0].Length == 0
                || PacketParser.Parse(burst.Packet(0), out _) is not (DropReason.NotIp or DropReason.Truncated);
        }
        finally
        {
            burst.Release();
        }
    }, threads: 1);
}
