using UdpTun.Net.Headers;

namespace UdpTun.Net.Tests.Headers;

public class TunnelMtuTests
{
    [Theory]
    [InlineData(1500, 1420)]
    [InlineData(1492, 1412)] // PPPoE
    [InlineData(1400, 1320)]
    [InlineData(1360, 1280)]
    [InlineData(1280, 1280)]
    [InlineData(576, 1280)]
    [InlineData(9001, 1420)]
    [InlineData(65536, 1420)] // loopback
    public void Mtu_should_suit_the_path_and_be_the_usual_one_on_every_path_of_1500_bytes_or_more(int path, int expected) =>
        Assert.Equal(expected, TunnelMtu.For(path));
}
