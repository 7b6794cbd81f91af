using UdpTun.Net.Nat;
using UdpTun.Testing.Memory;

namespace UdpTun.Net.Tests.Nat;

public sealed class CryptographicRandomTests
{
    private readonly CryptographicRandom _random = new();

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 3)]
    [InlineData(-5, 6)]
    [InlineData(10, 10)]
    [InlineData(int.MinValue, int.MaxValue)]
    public void Draw_should_lie_in_its_range(int least, int end)
    {
        for (var i = 0; i < 1000; i++) Assert.InRange(_random.Next(least, end), least, Math.Max(least, end - 1));
    }

    [Fact]
    public void Every_value_of_a_range_should_be_drawn() =>
        Assert.Equal(Enumerable.Range(0, 10), Enumerable.Range(0, 1000).Select(_ => _random.Next(10)).Distinct().Order());

    [Fact]
    public void Range_should_be_refused_when_its_end_lies_before_its_start() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _random.Next(1, 0));

    [Fact]
    public void Fraction_should_lie_below_one()
    {
        for (var i = 0; i < 1000; i++) Assert.InRange(_random.NextDouble(), 0, 0.9999999999);
    }

    [Fact]
    public void Two_should_not_draw_the_same()
    {
        var other = new CryptographicRandom();
        Assert.NotEqual(
            Enumerable.Range(0, 4).Select(_ => _random.Next(int.MaxValue)), Enumerable.Range(0, 4).Select(_ => other.Next(int.MaxValue)));
    }

    [Fact]
    public void Drawing_should_allocate_nothing() => Assert.Equal(0, AllocationProbe.BytesOf(() => _random.Next(10_000)));
}
