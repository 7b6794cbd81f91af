using CsCheck;
using UdpTun.Net.Nat;

namespace UdpTun.Net.Tests.Nat;

public sealed class PortAllocatorTests
{
    private static PortAllocator Allocator(PortRange range, PortSelection selection = PortSelection.Preserve, int seed = 1) =>
        new(range, selection, new Random(seed));

    [Fact]
    public void Port_should_be_preserved_when_it_is_in_range_and_free()
    {
        var ports = Allocator(new PortRange(20000, 20099));
        Assert.True(ports.TryTake(20099, out var first));
        Assert.True(ports.TryTake(20099, out var second));
        Assert.Equal(20099, first);
        Assert.NotEqual(20099, second);
    }

    [Theory]
    [InlineData(19999)]
    [InlineData(20100)]
    [InlineData(0)]
    public void Port_should_be_drawn_from_the_range_when_the_inner_one_lies_outside(int inner)
    {
        Assert.True(Allocator(new PortRange(20000, 20099)).TryTake((ushort)inner, out var port));
        Assert.InRange(port, 20000, 20099);
    }

    [Fact]
    public void Port_should_be_drawn_without_regard_to_the_inner_one_when_the_policy_is_random()
    {
        var drawn = Enumerable.Range(0, 20).Select(seed =>
        {
            Allocator(new PortRange(1, 65535), PortSelection.Random, seed).TryTake(5000, out var port);
            return port;
        }).ToHashSet();
        Assert.True(drawn.Count > 15);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 63)]
    [InlineData(100, 163)]
    [InlineData(100, 164)]
    [InlineData(1, 65535)]
    [InlineData(65535, 65535)]
    public void Every_port_of_the_range_should_be_given_out_once_and_then_none(int first, int last)
    {
        var range = new PortRange((ushort)first, (ushort)last);
        var ports = Allocator(range);
        var given = new HashSet<ushort>();
        for (var i = 0; i < range.Count; i++)
        {
            Assert.True(ports.TryTake(7, out var port));
            Assert.True(range.Contains(port) && given.Add(port));
        }

        Assert.False(ports.TryTake(7, out _));
        ports.Release((ushort)last);
        Assert.True(ports.TryTake(7, out var again));
        Assert.Equal(last, again);
    }

    [Fact]
    public void Release_should_fail_loudly_when_nobody_has_the_port()
    {
        var ports = Allocator(new PortRange(20000, 20099));
        Assert.Throws<InvalidOperationException>(() => ports.Release(20000));
        Assert.Throws<InvalidOperationException>(() => ports.Release(1));
    }

    [Fact]
    public void Allocator_should_equal_a_set_of_ports_for_any_sequence()
    {
        var step = Gen.Select(Gen.Bool, Gen.Int[995, 1105], Gen.Int);
        Gen.Select(Gen.Int[1, 100], Gen.Int, Gen.Bool, step.Array[0, 300]).Sample((size, seed, random, steps) =>
        {
            var range = new PortRange(1000, (ushort)(1000 + size - 1));
            var ports = Allocator(range, random ? PortSelection.Random : PortSelection.Preserve, seed);
            var taken = new List<ushort>();
            foreach (var (take, inner, pick) in steps)
            {
                if (take)
                {
                    var preservable = !random && range.Contains((ushort)inner) && !taken.Contains((ushort)inner);
                    Assert.Equal(taken.Count < size, ports.TryTake((ushort)inner, out var port));
                    if (taken.Count == size) continue;
                    Assert.True(range.Contains(port) && !taken.Contains(port));
                    if (preservable) Assert.Equal(inner, port);
                    taken.Add(port);
                }
                else if (taken.Count > 0)
                {
                    var index = (int)((uint)pick % taken.Count);
                    ports.Release(taken[index]);
                    taken.RemoveAt(index);
                }

                Assert.Equal(taken.Count, ports.Taken);
            }
        });
    }

    [Theory]
    [InlineData("20000-29999", true)]
    [InlineData("5", true)]
    [InlineData("0-5", false)]
    [InlineData("6-5", false)]
    [InlineData("1-65536", false)]
    [InlineData("a-b", false)]
    [InlineData("", false)]
    public void Range_should_be_read_as_written(string text, bool valid)
    {
        Assert.Equal(valid, PortRange.TryParse(text, out var range));
        if (valid) Assert.Equal(text, range.Count == 1 ? $"{range.First}" : $"{range}");
    }
}
