using UdpTun.Linux.HostSetup;
using UdpTun.Net.Io;

namespace UdpTun.Linux.Tests.HostSetup;

public class DeviceNameTests
{
    [Theory]
    [InlineData("servertun", "udptun_servertun")]
    [InlineData("my-tun.0", "udptun_my_2dtun_2e0")]
    [InlineData("my_2dtun", "udptun_my__2dtun")]
    public void Nft_name_should_be_an_identifier_that_no_other_device_gets(string device, string table) =>
        Assert.Equal(table, DeviceName.ToNftName(device));

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("sixteen-letters-")]
    [InlineData("a/b")]
    [InlineData("tun*")]
    [InlineData("tun%d")]
    public void Check_should_refuse_names_that_no_device_may_bear(string name) =>
        Assert.Contains($"'{name}' cannot name a TUN", Assert.Throws<DeviceUnavailableException>(() => DeviceName.Check(name)).Message);
}
