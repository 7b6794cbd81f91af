using UdpTun.Linux.HostSetup;

namespace UdpTun.Linux.Tests.HostSetup;

public class OwnAddressesTests
{
    [SkippableFact]
    public void Read_should_list_both_families_of_the_threads_namespace()
    {
        using var apart = new TestNamespace();

        var addresses = apart.Run(() =>
        {
            TestNamespace.Ip("address", "add", "192.0.2.5/24", "dev", "lo");
            return OwnAddresses.Read();
        });

        Assert.Equal(["127.0.0.1", "192.0.2.5", "::1"], addresses.Select(address => address.ToString()));
    }
}
