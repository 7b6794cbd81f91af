using UdpTun.Host.Configuration;

namespace UdpTun.Host.Tests.Configuration;

public sealed class NearestNameTests
{
    [Theory]
    [InlineData("udptun.nat.prots", "udptun.nat.ports")]
    [InlineData("udptun.nat.port", "udptun.nat.ports")]
    [InlineData("udptun.server.listen-on", "udptun.server.listen")]
    [InlineData("xyz", null)]
    public void Name_should_be_found_when_it_is_near(string name, string? nearest) =>
        Assert.Equal(nearest, NearestName.Of(name, ["udptun.server.listen", "udptun.nat.ports", "udptun.nat.address"]));
}
