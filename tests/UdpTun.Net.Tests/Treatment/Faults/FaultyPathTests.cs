using CsCheck;
using UdpTun.Net.Counters;
using UdpTun.Net.Treatment.Faults;

namespace UdpTun.Net.Tests.Treatment.Faults;

public sealed class FaultyPathTests : IDisposable
{
    private static readonly TimeSpan Start = TimeSpan.FromSeconds(1000);

    private readonly FaultyPath _path = new();

    public void Dispose() => _path.Dispose();

    private static TimeSpan Ms(double milliseconds) => Start + TimeSpan.FromMilliseconds(milliseconds);

    private static byte[] Numbered(int number, int length = 4)
    {
        var packet = new byte[length];
        BitConverter.TryWriteBytes(packet, number);
        return packet;
    }

    private List<int> Out(TimeSpan now)
    {
        var numbers = new List<int>();
        for (var length = _path.LengthOfDue(now); length > 0; length = _path.LengthOfDue(now))
        {
            var packet = new byte[length];
            _path.MoveDueTo(packet);
            numbers.Add(BitConverter.ToInt32(packet));
        }

        return numbers;
    }

    private int In(int first, int count, TimeSpan now) =>
        Enumerable.Range(first, count).Count(number => _path.Take(Numbered(number), now) == DropReason.None);

    [Fact]
    public void Path_should_pass_all_in_order_when_nothing_is_set()
    {
        Assert.False(_path.IsInUse);
        Assert.Equal(100, In(0, 100, Start));
        Assert.Equal(Enumerable.Range(0, 100), Out(Start));
        Assert.False(_path.IsInUse);
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.5)]
    public void Loss_should_come_out_near_its_share(double share)
    {
        _path.Faults = new FlowFaults { Loss = share, Seed = 7 };
        const int Sent = 4000;
        var passed = 0;
        for (var i = 0; i < Sent; i++)
        {
            var reason = _path.Take(Numbered(i), Start);
            Assert.True(reason is DropReason.None or DropReason.FaultInjected);
            if (reason == DropReason.None) passed++;
        }

        Assert.Equal(passed, Out(Start).Count);
        // Five standard deviations of a fixed draw: wide enough for any seed, narrow enough for a wrong share.
        Assert.InRange(Sent - passed, (Sent * share) - (5 * Math.Sqrt(Sent * share * (1 - share))), (Sent * share) + (5 * Math.Sqrt(Sent * share * (1 - share))));
    }

    [Fact]
    public void Same_seed_should_lose_the_same_packets_and_another_others()
    {
        List<int> Survivors(int seed)
        {
            using var path = new FaultyPath { Faults = new FlowFaults { Loss = 0.3, Seed = seed } };
            return [.. Enumerable.Range(0, 200).Where(number => path.Take(Numbered(number), Start) == DropReason.None)];
        }

        Assert.Equal(Survivors(1), Survivors(1));
        Assert.NotEqual(Survivors(1), Survivors(2));
    }

    [Fact]
    public void Blackhole_should_pass_nothing()
    {
        _path.Faults = new FlowFaults { IsBlackhole = true };
        Assert.Equal(0, In(0, 50, Start));
        Assert.Empty(Out(Ms(1e6)));
    }

    [Fact]
    public void Delay_should_let_each_packet_go_on_that_much_later()
    {
        _path.Faults = new FlowFaults { Delay = TimeSpan.FromMilliseconds(50) };
        In(0, 2, Start);
        In(2, 1, Ms(10));
        Assert.Equal(Ms(50), _path.NextDue);
        Assert.Empty(Out(Ms(49.9)));
        Assert.Equal([0, 1], Out(Ms(50)));
        Assert.Equal([2], Out(Ms(60)));
        Assert.Null(_path.NextDue);
    }

    [Fact]
    public void Duplication_should_bring_a_packet_twice_at_once()
    {
        _path.Faults = new FlowFaults { Duplication = 1 };
        In(0, 3, Start);
        Assert.Equal([0, 0, 1, 1, 2, 2], Out(Start));
    }

    [Fact]
    public void Reordering_should_let_the_next_packet_overtake()
    {
        _path.Faults = new FlowFaults { Reordering = 1 };
        In(0, 6, Start);
        Assert.Equal([1, 0, 3, 2, 5, 4], Out(Start));
    }

    [Fact]
    public void Packet_that_nothing_overtakes_should_come_out_after_a_while()
    {
        _path.Faults = new FlowFaults { Reordering = 1 };
        In(0, 1, Start);
        Assert.Equal(Start + FaultyPath.LongestOvertaking, _path.NextDue);
        Assert.Empty(Out(Ms(99)));
        Assert.Equal([0], Out(Start + FaultyPath.LongestOvertaking));
        Assert.True(_path.IsInUse); // the faults are still set
        _path.Faults = null;
        Assert.False(_path.IsInUse);
    }

    [Fact]
    public void What_waits_should_still_come_out_when_the_faults_end()
    {
        _path.Faults = new FlowFaults { Delay = TimeSpan.FromMilliseconds(50) };
        In(0, 1, Start);
        _path.Faults = null;
        Assert.True(_path.IsInUse);
        In(1, 1, Ms(1));
        Assert.Equal([1], Out(Ms(1)));
        Assert.Equal([0], Out(Ms(50)));
        Assert.False(_path.IsInUse);
    }

    [Fact]
    public void Full_buffer_should_refuse_and_say_so()
    {
        using var path = new FaultyPath(maxBytes: 4000) { Faults = new FlowFaults { Delay = TimeSpan.FromSeconds(1) } };
        var reasons = Enumerable.Range(0, 10).Select(i => path.Take(Numbered(i, 1000), Start)).ToList();
        Assert.Equal(3, reasons.Count(reason => reason == DropReason.None));
        Assert.All(reasons.Skip(3), reason => Assert.Equal(DropReason.TooManyHeld, reason));
        Assert.Equal(3, path.Clear());
        Assert.Equal(DropReason.None, path.Take(Numbered(1, 1000), Start));
    }

    [Theory]
    [InlineData("1mbit", 1400)]
    [InlineData("20mbit", 1400)]
    [InlineData("1gbit", 60)]
    public void Limit_should_pass_its_rate_and_no_more_of_twice_as_much(string text, int length)
    {
        Assert.True(BitRate.TryParse(text, out var rate));
        _path.Limit = rate;
        var (bytes, now, end) = (0L, Start, Start + TimeSpan.FromSeconds(2));
        var step = TimeSpan.FromSeconds(length / (2 * rate.BytesPerSecond));
        for (; now < end; now += step)
        {
            // At a high rate the buffer is full before the wait is long.
            Assert.True(_path.Take(Numbered(0, length), now) is DropReason.None or DropReason.OverLimit or DropReason.TooManyHeld);
            bytes += Out(now).Count * (long)length;
        }

        Assert.InRange(bytes, 2 * rate.BytesPerSecond * 0.98, (2 * rate.BytesPerSecond * 1.02) + length);
    }

    [Fact]
    public void Limit_should_let_a_packet_wait_rather_than_lose_it_when_the_wait_is_short()
    {
        _path.Limit = new BitRate(80_000); // 1000 bytes take 100 ms, and 20 ms of credit
        Assert.Equal(
            [DropReason.None, DropReason.None, DropReason.None, DropReason.OverLimit],
            Enumerable.Range(0, 4).Select(i => _path.Take(Numbered(i, 1000), Start)));
        Assert.Equal([0], Out(Start));
        Assert.Equal([1], Out(Ms(80)));
        Assert.Equal([2], Out(Ms(180)));
    }

    [Fact]
    public void Nothing_should_be_lost_but_what_is_told() => Gen.Select(
        Gen.Int[0, 100].Array[1, 200], Gen.Double[0, 1], Gen.Double[0, 1], Gen.Double[0, 1], Gen.Int[0, 30], Gen.Int[0, 1000])
        .Sample((gaps, loss, dup, reorder, delay, seed) =>
        {
            using var path = new FaultyPath
            {
                Faults = new FlowFaults { Loss = loss, Duplication = dup, Reordering = reorder, Delay = TimeSpan.FromMilliseconds(delay), Seed = seed },
            };
            var (now, told, distinct) = (Start, 0, new HashSet<int>());
            for (var i = 0; i < gaps.Length; i++)
            {
                now += TimeSpan.FromMilliseconds(gaps[i]);
                if (path.Take(Numbered(i), now) != DropReason.None) told++;
                Collect(path, now, distinct);
            }

            Collect(path, now + TimeSpan.FromSeconds(20), distinct);
            path.Faults = null;
            return distinct.Count == gaps.Length - told && !path.IsInUse;
        });

    private static void Collect(FaultyPath path, TimeSpan now, HashSet<int> numbers)
    {
        for (var length = path.LengthOfDue(now); length > 0; length = path.LengthOfDue(now))
        {
            var packet = new byte[length];
            path.MoveDueTo(packet);
            numbers.Add(BitConverter.ToInt32(packet));
        }
    }
}
