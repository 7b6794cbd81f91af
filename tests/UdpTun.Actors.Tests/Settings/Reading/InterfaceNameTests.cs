using UdpTun.Actors.Settings.Reading;

namespace UdpTun.Actors.Tests.Settings.Reading;

public sealed class InterfaceNameTests
{
    [Theory]
    [InlineData("t")]
    [InlineData("clienttun")]
    [InlineData("fifteen-letters")]
    [InlineData("eth0.7@x")]
    public void Name_should_be_taken(string name) => Assert.Equal(name, InterfaceName.Parse(name));

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("sixteen-letters-")]
    [InlineData("a/b")]
    [InlineData("a:b")]
    [InlineData("a b")]
    [InlineData("a\tb")]
    [InlineData("tun%d")]
    [InlineData("tün")]
    public void Name_should_be_refused_when_the_kernel_would_not_take_it(string name) => Assert.Null(InterfaceName.Parse(name));

    [Fact]
    public void Name_should_be_refused_when_it_is_a_verb() => Assert.All(InterfaceName.ReservedVerbs, verb => Assert.Null(InterfaceName.Parse(verb)));
}
