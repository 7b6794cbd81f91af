using UdpTun.Net.Admission;

namespace UdpTun.Net.Tests.Admission;

public sealed class OncePerIntervalTests
{
    [Fact]
    public void First_should_pass_at_any_time_and_the_next_after_the_interval_with_all_in_between()
    {
        var once = new OncePerInterval(TimeSpan.FromSeconds(60));
        Assert.True(once.TryTake(TimeSpan.FromSeconds(5), out var count));
        Assert.Equal(1, count);
        for (var i = 0; i < 9; i++) Assert.False(once.TryTake(TimeSpan.FromSeconds(64.9), out _));
        Assert.True(once.TryTake(TimeSpan.FromSeconds(65), out count));
        Assert.Equal(10, count);
        Assert.False(once.TryTake(TimeSpan.FromSeconds(65), out _));
    }
}
