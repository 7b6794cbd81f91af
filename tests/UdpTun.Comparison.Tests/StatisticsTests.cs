using UdpTun.Comparison.Measures;

namespace UdpTun.Comparison.Tests;

public sealed class StatisticsTests
{
    [Theory]
    [InlineData(0.5, 3)]
    [InlineData(0, 1)]
    [InlineData(1, 5)]
    [InlineData(0.99, 4.96)]
    public void Quantile_should_lie_between_its_neighbours(double share, double expected) =>
        Assert.Equal(expected, Statistics.Quantile([5, 1, 4, 2, 3], share), 10);

    [Fact]
    public void Median_should_be_the_middle_of_the_two_middle_values_when_their_number_is_even() =>
        Assert.Equal(2.5, Statistics.Median([4, 1, 2, 3]));
}
