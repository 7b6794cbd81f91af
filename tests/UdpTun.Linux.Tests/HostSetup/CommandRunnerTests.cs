using UdpTun.Linux.HostSetup;
using UdpTun.Net.Io;

namespace UdpTun.Linux.Tests.HostSetup;

public class CommandRunnerTests
{
    [Fact]
    public void Run_should_hand_over_input_and_return_output() =>
        Assert.Equal("hello", new CommandRunner().RunWithInput("hello", "cat"));

    [Fact]
    public void Run_should_show_the_programs_own_words_when_it_fails()
    {
        var failure = Assert.Throws<DeviceUnavailableException>(() => new CommandRunner().Run("sh", "-c", "echo no such thing >&2; exit 3"));

        Assert.Equal("sh -c echo no such thing >&2; exit 3: no such thing", failure.Message);
        Assert.Equal(DeviceFault.Other, failure.Fault);
    }

    [Fact]
    public void Run_should_call_it_a_privilege_when_the_program_was_not_permitted()
    {
        var failure = Assert.Throws<DeviceUnavailableException>(
            () => new CommandRunner().Run("sh", "-c", "echo 'RTNETLINK answers: Operation not permitted' >&2; exit 2"));

        Assert.Equal(DeviceFault.Privilege, failure.Fault);
        Assert.EndsWith("(needs CAP_NET_ADMIN: run as root)", failure.Message);
    }

    [Theory]
    [InlineData("ip", "ip is not installed (apt-get install iproute2)")]
    [InlineData("nft", "nft is not installed (apt-get install nftables; iptables alone does not do)")]
    public void Run_should_name_the_package_when_the_program_is_missing(string program, string message)
    {
        var failure = Assert.Throws<DeviceUnavailableException>(() => new CommandRunner("/nonexistent").Run(program));

        Assert.Equal(message, failure.Message);
        Assert.Equal(DeviceFault.NotInstalled, failure.Fault);
    }

    [SkippableFact]
    public void Run_should_work_in_the_namespace_of_the_calling_thread()
    {
        using var apart = new TestNamespace();
        apart.Run(() => TestNamespace.Ip("link", "add", "onlyhere0", "type", "veth", "peer", "name", "peer0"));

        Assert.Contains("onlyhere0", apart.Run(() => TestNamespace.Ip("link")));
        Assert.DoesNotContain("onlyhere0", TestNamespace.Ip("link"));
    }
}
