using CsCheck;
using UdpTun.Net.Buffers;
using UdpTun.Testing.Memory;
using UdpTun.Testing.Packets;

namespace UdpTun.Net.Tests.Buffers;

public sealed class OutputQueueTests
{
    private readonly PacketPool _pool = new(maxBursts: 16);

    [Fact]
    public void Queue_should_release_a_batch_when_its_last_packet_is_consumed_and_not_before()
    {
        var queue = Queue(4, 2, 3);
        Assert.Equal((1, 10L), queue.Consume(1));
        Assert.Equal((2, 1), (queue.Batches.Length, queue.FirstPacket));
        Assert.Equal((2, 20L), queue.Consume(2));
        Assert.Equal((1, 1, 1), (queue.Batches.Length, queue.FirstPacket, _pool.Outstanding));
        Assert.Equal((2, 20L), queue.Consume(2));
        Assert.True(queue.IsEmpty);
        Assert.Equal((0, 0), (queue.FirstPacket, _pool.Outstanding));
    }

    [Fact]
    public void Queue_should_not_count_packets_that_were_dropped_on_the_line()
    {
        var queue = Queue(1, 3);
        queue.Batches[0].Drop(1);
        Assert.Equal((2, 20L), queue.Consume(3));
    }

    [Fact]
    public void Queue_should_leave_the_batch_to_the_caller_when_it_is_full()
    {
        var queue = Queue(1, 1);
        var refused = Batch(1);
        Assert.False(queue.TryAdd(refused));
        refused.Release();
        queue.Clear();
        Assert.Equal(0, _pool.Outstanding);
    }

    [Fact]
    public void Clear_should_release_everything_and_tell_how_many_packets_were_waiting()
    {
        var queue = Queue(4, 2, 3);
        queue.Consume(1);
        Assert.Equal(4, queue.Clear());
        Assert.Equal((true, 0), (queue.IsEmpty, _pool.Outstanding));
    }

    [Fact]
    public void Queue_should_keep_the_order_whatever_the_device_takes_at_a_time() =>
        Gen.Select(Gen.Int[1, 5].Array[1, 8], Gen.Int[1, 7].Array[40]).Sample((batches, bites) =>
        {
            var queue = Queue(8, batches);
            var (left, taken) = (batches.Sum(), 0);
            foreach (var bite in bites)
            {
                var packets = Math.Min(bite, left);
                taken += queue.Consume(packets).Packets;
                left -= packets;
            }

            return left == 0 && taken == batches.Sum() && queue.IsEmpty && _pool.Outstanding == 0;
        }, threads: 1);

    [Fact]
    public void Queue_should_allocate_nothing_in_steady_state()
    {
        var queue = new OutputQueue(1);
        var batches = Enumerable.Range(0, 16).Select(_ => Batch(2)).ToArray();
        var next = 0;
        Assert.Equal(0, AllocationProbe.BytesOf(() =>
        {
            queue.TryAdd(batches[next++]);
            queue.Consume(1);
            queue.Consume(1);
        }, warmUp: 10));
    }

    private OutputQueue Queue(int capacity, params int[] packetsOfBatches)
    {
        var queue = new OutputQueue(capacity);
        foreach (var packets in packetsOfBatches) Assert.True(queue.TryAdd(Batch(packets)));
        return queue;
    }

    private PacketBatch Batch(int packets)
    {
        var burst = _pool.LeaseWith([.. Enumerable.Repeat(new byte[10], packets)]);
        var batch = burst.Share(0, packets);
        burst.Release();
        return batch;
    }
}
