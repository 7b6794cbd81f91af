using UdpTun.Host.Page;
using UdpTun.Host.Tests.Control;

namespace UdpTun.Host.Tests.Page;

public sealed class PageTokenTests : IDisposable
{
    private readonly SocketDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Token_should_outlive_a_restart_and_be_for_its_owner_alone()
    {
        var place = _directory.Make("tun7");
        var first = PageToken.Of(place);

        Assert.Equal(first.Text, PageToken.Of(place).Text);
        Assert.Equal(43, first.Text.Length); // 256 bits
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode($"{place.Directory}.page-token"));
        Assert.NotEqual(first.Text, PageToken.Of(_directory.Make("tun8")).Text);
    }

    [Fact]
    public void Token_that_others_could_read_should_be_replaced()
    {
        var place = _directory.Make("tun7");
        var first = PageToken.Of(place);
        File.SetUnixFileMode($"{place.Directory}.page-token", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        Assert.NotEqual(first.Text, PageToken.Of(place).Text);
    }

    [Fact]
    public void Token_that_was_cut_short_should_be_replaced()
    {
        var place = _directory.Make("tun7");
        PageToken.Of(place);
        File.WriteAllText($"{place.Directory}.page-token", "short");

        Assert.Equal(43, PageToken.Of(place).Text.Length);
    }

    [Theory]
    [InlineData("a-token", true)]
    [InlineData("a-toke", false)]
    [InlineData("A-token", false)]
    [InlineData("", false)]
    public void Token_should_be_only_itself(string shown, bool expected) => Assert.Equal(expected, new PageToken("a-token").Is(shown));
}
