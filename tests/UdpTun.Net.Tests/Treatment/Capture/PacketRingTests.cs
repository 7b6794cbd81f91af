using CsCheck;
using UdpTun.Net.Treatment.Capture;

namespace UdpTun.Net.Tests.Treatment.Capture;

public sealed class PacketRingTests
{
    [Fact]
    public void Records_should_come_out_as_they_went_in_or_be_refused() => Gen.Select(
        Gen.Int[1, 200].Array[1, 300], Gen.Int[0, 3].Array[300]).Sample((lengths, takes) =>
        {
            var ring = new PacketRing(1024);
            var (expected, seen, refused) = (new Queue<(int Length, byte Mark)>(), 0, 0);
            for (var i = 0; i < lengths.Length; i++)
            {
                if (ring.TryReserve(lengths[i], out var at))
                {
                    Assert.Equal(lengths[i], ring.At(at).Length);
                    ring.At(at).Fill((byte)i);
                    expected.Enqueue((lengths[i], (byte)i));
                }
                else
                {
                    refused++;
                    Assert.True(expected.Sum(record => record.Length + 16) + lengths[i] + 16 > 1024 - 216, "refused with room left");
                }

                ring.Publish();
                for (var take = 0; take < takes[i] && ring.TryPeek(out var record); take++) seen += Check(ring, record, expected);
            }

            while (ring.TryPeek(out var record)) seen += Check(ring, record, expected);
            Assert.Equal(lengths.Length, seen + refused);
        });

    [Fact]
    public void Consumer_should_see_nothing_before_it_is_published()
    {
        var ring = new PacketRing(1024);
        Assert.True(ring.TryReserve(4, out var at));
        Assert.False(ring.TryPeek(out _));
        ring.At(at)[0] = 9;
        ring.Publish();
        Assert.True(ring.TryPeek(out var record));
        Assert.Equal(9, record[0]);
    }

    [Fact]
    public async Task Two_threads_should_lose_nothing_and_never_sleep_over_news()
    {
        var ring = new PacketRing(1 << 12);
        const int Records = 200_000;
        var producer = Task.Run(() =>
        {
            for (var i = 0; i < Records; i++)
            {
                int at;
                while (!ring.TryReserve(8 + (i % 100), out at)) Thread.Yield();
                BitConverter.TryWriteBytes(ring.At(at), i);
                ring.Publish();
            }
        });
        var next = 0;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (next < Records)
        {
            while (Take(ring, next)) next++;
            if (next < Records) await ring.WaitAsync(Timeout.InfiniteTimeSpan, patience.Token);
        }

        await producer;
    }

    [Fact]
    public async Task Wait_should_end_when_it_is_woken_or_has_lasted()
    {
        var ring = new PacketRing(64);
        await ring.WaitAsync(TimeSpan.FromMilliseconds(1), default);
        var waiting = ring.WaitAsync(Timeout.InfiniteTimeSpan, default);
        Assert.False(waiting.IsCompleted);
        ring.Wake();
        await waiting;
        using var stop = new CancellationTokenSource();
        waiting = ring.WaitAsync(Timeout.InfiniteTimeSpan, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    private static bool Take(PacketRing ring, int expected)
    {
        if (!ring.TryPeek(out var record)) return false;
        Assert.Equal((8 + (expected % 100), expected), (record.Length, BitConverter.ToInt32(record)));
        ring.Consume(record.Length);
        return true;
    }

    private static int Check(PacketRing ring, ReadOnlySpan<byte> record, Queue<(int Length, byte Mark)> expected)
    {
        var (length, mark) = expected.Dequeue();
        Assert.Equal(length, record.Length);
        Assert.Equal(-1, record.IndexOfAnyExcept(mark));
        ring.Consume(record.Length);
        return 1;
    }
}
