using UdpTun.Actors.Peers;

namespace UdpTun.Actors.Tests.Peers;

public sealed class UnknownKeysTests
{
    [Fact]
    public void Calls_should_be_told_of_once_a_minute_and_all_of_them()
    {
        var unknown = new UnknownKeys();

        Assert.Equal(1, unknown.Count(TimeSpan.FromSeconds(5)));
        for (var call = 0; call < 99; call++) Assert.Equal(0, unknown.Count(TimeSpan.FromSeconds(6)));
        Assert.Equal(0, unknown.Count(TimeSpan.FromSeconds(64)));
        Assert.Equal(101, unknown.Count(TimeSpan.FromSeconds(65)));
    }
}
