using UdpTun.Actors.Settings;

namespace UdpTun.Actors.Tests.Settings;

public sealed class ServerEndpointTests
{
    [Theory]
    [InlineData("example.org", "example.org", 9877)]
    [InlineData("example.org:53", "example.org", 53)]
    [InlineData("192.0.2.1", "192.0.2.1", 9877)]
    [InlineData("192.0.2.1:65535", "192.0.2.1", 65535)]
    [InlineData("[2001:db8::1]", "2001:db8::1", 9877)]
    [InlineData("[2001:db8::1]:1", "2001:db8::1", 1)]
    [InlineData("vpn_1", "vpn_1", 9877)]
    public void Endpoint_should_have_host_and_port(string text, string host, int port) =>
        Assert.Equal(new ServerEndpoint(host, (ushort)port), ServerEndpoint.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData(":9877")]
    [InlineData("host:")]
    [InlineData("host:0")]
    [InlineData("host:65536")]
    [InlineData("host:port")]
    [InlineData("2001:db8::1")]
    [InlineData("[2001:db8::1]x")]
    [InlineData("[192.0.2.1]:1")]
    [InlineData("192.0.2.256")]
    [InlineData("192.0.2")]
    [InlineData("two words")]
    [InlineData("double..dot")]
    [InlineData("http://example.org")]
    public void Text_should_be_no_endpoint(string text) => Assert.Null(ServerEndpoint.Parse(text));

    [Fact]
    public void Endpoint_should_print_as_it_is_read() =>
        Assert.All(["example.org:53", "[2001:db8::1]:53"], text => Assert.Equal(text, ServerEndpoint.Parse(text)!.ToString()));
}
