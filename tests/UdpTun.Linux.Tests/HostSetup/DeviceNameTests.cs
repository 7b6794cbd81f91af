using UdpTun.Linux.HostSetup;

namespace UdpTun.Linux.Tests.HostSetup;

public class DeviceNameTests
{
    [Theory]
    [InlineData("servertun", "udptun_servertun")]
    [InlineData("my-tun.0", "udptun_my_2dtun_2e0")]
    [InlineData("my_2dtun", "udptun_my__2dtun")]
    public void Nft_name_should_be_an_identifier_that_no_other_device_gets(string device, string table) =>
        Assert.Equal(table, DeviceName.ToNftName(device));
}
