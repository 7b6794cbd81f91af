using UdpTun.Net.Buffers;
using UdpTun.Testing.Memory;
using UdpTun.Testing.Packets;

namespace UdpTun.Net.Tests.Buffers;

public sealed class PacketPoolTests
{
    private readonly PacketPool _pool = new(2, 4096);

    [Fact]
    public void What_was_returned_last_should_be_leased_next()
    {
        var pool = new PacketPool(3, 2048);
        Assert.True(pool.TryLease(out var first) & pool.TryLease(out var second));
        second.Release();
        first.Release();
        Assert.True(pool.TryLease(out var third) & pool.TryLease(out var fourth));
        Assert.Equal([first, second], [third, fourth]);
    }

    [Fact]
    public void Lease_should_be_refused_and_counted_when_all_bursts_are_out()
    {
        var first = _pool.LeaseWith();
        _pool.LeaseWith();
        Assert.False(_pool.TryLease(out _));
        Assert.Equal((2, 1), (_pool.Outstanding, _pool.Exhausted));
        first.Release();
        Assert.True(_pool.TryLease(out var again));
        Assert.Same(first, again);
        Assert.Equal(0, again.Count);
    }

    [Fact]
    public void Burst_should_return_when_its_reader_and_every_batch_have_released()
    {
        var burst = _pool.LeaseWith([1], [2], [3]);
        var (first, rest) = (burst.Share(0, 1), burst.Share(1, 2));
        burst.Release();
        first.Release();
        Assert.Equal(1, _pool.Outstanding);
        rest.Release();
        Assert.Equal(0, _pool.Outstanding);
    }

    [Fact]
    public void Second_release_should_fail_loudly()
    {
        var burst = _pool.LeaseWith([1]);
        var batch = burst.Share(0, 1);
        batch.Release();
        Assert.Throws<InvalidOperationException>(batch.Release);
        burst.Release();
        Assert.Throws<InvalidOperationException>(burst.Release);
    }

    [Fact]
    public void Packets_should_have_room_in_front_and_behind()
    {
        var burst = _pool.LeaseWith([1, 2], [3]);
        Assert.Equal([PacketBurst.Headroom, PacketBurst.Headroom + 2 + PacketBurst.Tailroom + PacketBurst.Headroom], burst.Packets.ToArray().Select(p => p.Offset));
        var left = burst.Bytes.Length - burst.Used - PacketBurst.Headroom - PacketBurst.Tailroom;
        Assert.True(burst.HasRoomFor(left));
        Assert.False(burst.HasRoomFor(left + 1));
    }

    [Fact]
    public void Batch_should_see_its_own_packets_alone()
    {
        var burst = _pool.LeaseWith([1], [2], [3]);
        var batch = burst.Share(1, 2);
        batch.Drop(0);
        Assert.Equal((0, 3), (batch.Packet(0).Length, batch.Packet(1)[0]));
        Assert.Equal([1, 0, 1], burst.Packets.ToArray().Select(packet => packet.Length));
    }

    [Fact]
    public void Lease_should_allocate_nothing_once_the_pool_has_grown() => Assert.Equal(0, AllocationProbe.BytesOf(() =>
    {
        _pool.TryLease(out var burst);
        burst.Release();
    }));

    [Fact]
    public void Pool_should_tell_who_holds_its_bursts()
    {
        var pool = new PacketPool(2);
        Assert.True(pool.TryLease(out var burst));
        Assert.Equal("PacketPoolTests 1", pool.LeasedBy);
        burst.Release();
        Assert.Equal("", pool.LeasedBy);
    }
}
