using UdpTun.Net.Admission;

namespace UdpTun.Net.Tests.Admission;

public sealed class RateLimitTests
{
    [Fact]
    public void Limit_should_let_a_burst_pass_and_then_so_many_a_second()
    {
        var limit = new RateLimit(perSecond: 10, burst: 5);
        Assert.Equal(5, Enumerable.Range(0, 20).Count(_ => limit.TryTake(TimeSpan.FromSeconds(100))));
        Assert.False(limit.TryTake(TimeSpan.FromSeconds(100.05)));
        Assert.True(limit.TryTake(TimeSpan.FromSeconds(100.11)));
        Assert.Equal(5, Enumerable.Range(0, 20).Count(_ => limit.TryTake(TimeSpan.FromSeconds(200))));
    }

    [Fact]
    public void Limit_should_let_pass_its_rate_over_a_long_time()
    {
        var limit = new RateLimit(perSecond: 10, burst: 5);
        var passed = Enumerable.Range(0, 10_000).Count(millisecond => limit.TryTake(TimeSpan.FromMilliseconds(millisecond)));
        Assert.InRange(passed, 100, 105);
    }
}
