using UdpTun.EndToEnd.Tests.Harness;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>What the program changes on its host, it undoes: at its end, and after a kill by its next start or by cleanup.</summary>
public sealed class HostSetupTests(ITestOutputHelper output)
{
    public static TheoryData<string, int> RolesAndSignals => new()
    {
        { "server", Libc.SIGTERM }, { "server", Libc.SIGINT }, { "client", Libc.SIGTERM }, { "client", Libc.SIGINT },
    };

    [SkippableTheory]
    [Trait(OffloadPass.Trait, OffloadPass.Unused)]
    [MemberData(nameof(RolesAndSignals))]
    public async Task Host_should_be_as_before_when_the_program_is_stopped(string role, int signal)
    {
        await using var net = new Topology(output);
        var host = HostOf(net, role);
        var before = HostSnapshot.Take(host);
        var process = await Start(net, role);
        Assert.NotEqual(before, HostSnapshot.Take(host));

        Assert.Equal(0, await process.Stop(signal));

        Assert.Equal(before, HostSnapshot.Take(host));
    }

    /// <summary>The rehearsal has its sockets there. Where the link alone is down the kernel still binds them, and what they send is lost.</summary>
    [SkippableFact]
    public async Task Tunnel_should_work_on_a_host_without_a_loopback()
    {
        await using var net = new Topology(output);
        net.Server.Ip("addr flush dev lo", "link set lo down");
        await net.StartTunnel();
        Assert.Equal(0, net.Client.TryPing(1, "203.0.113.10").ExitCode);
    }

    [SkippableTheory]
    [Trait(OffloadPass.Trait, OffloadPass.Unused)]
    [InlineData("server")]
    [InlineData("client")]
    public async Task Host_should_be_as_before_when_the_program_was_killed_and_starts_again(string role)
    {
        await using var net = new Topology(output);
        var host = HostOf(net, role);
        var before = HostSnapshot.Take(host);
        var killed = await Start(net, role);
        await killed.Stop(Libc.SIGKILL);

        var next = await Start(net, role);
        Assert.Equal(0, await next.Stop());

        Assert.Equal(before, HostSnapshot.Take(host));
    }

    [SkippableTheory]
    [Trait(OffloadPass.Trait, OffloadPass.Unused)]
    [InlineData("server")]
    [InlineData("client")]
    public async Task Host_should_be_as_before_when_the_program_was_killed_and_cleanup_ran(string role)
    {
        await using var net = new Topology(output);
        var host = HostOf(net, role);
        var before = HostSnapshot.Take(host);
        var killed = await Start(net, role);
        await killed.Stop(Libc.SIGKILL);
        // A TUN dies with its process; the rest does not.
        Assert.NotEqual(before, HostSnapshot.Take(host));

        Assert.Equal(0, await net.Launch(host, "--role", "cleanup").UntilExited(TunnelProcess.StopLimit));

        Assert.Equal(before, HostSnapshot.Take(host));
    }

    [SkippableFact]
    public async Task Cleanup_should_leave_a_running_server_alone()
    {
        await using var net = new Topology(output);
        await net.StartTunnel();

        await net.Launch(net.Server, "cleanup").UntilExited(TunnelProcess.StopLimit);

        Assert.Equal(0, net.Client.TryPing(1, "203.0.113.10").ExitCode);
    }

    [SkippableFact]
    [Trait(OffloadPass.Trait, OffloadPass.Unused)]
    public async Task Forwarding_should_stay_on_when_the_host_forwarded_before()
    {
        await using var net = new Topology(output);
        net.Server.Run("sysctl", "-qw", "net.ipv4.ip_forward=1");
        var server = await net.StartServer();

        Assert.Equal(0, await server.Stop());

        Assert.Equal("1", net.Server.Run("sysctl", "-n", "net.ipv4.ip_forward").Trim());
    }

    [SkippableFact]
    public async Task Tun_should_stay_as_it_was_when_it_was_there_before()
    {
        await using var net = new Topology(output);
        net.Client.Ip("tuntap add dev clienttun mode tun");
        var before = HostSnapshot.Take(net.Client);
        await net.StartServer();
        var client = await net.StartClient(1, "--route", "203.0.113.0/24");
        Assert.Equal(0, net.Client.TryPing(1, "203.0.113.10").ExitCode);

        Assert.Equal(0, await client.Stop());

        Assert.Equal(before, HostSnapshot.Take(net.Client));
    }

    private static NetworkNamespace HostOf(Topology net, string role) => role == "server" ? net.Server : net.Client;

    // A full tunnel leaves the most behind: routes, rules and a kernel value.
    private static Task<TunnelProcess> Start(Topology net, string role) =>
        role == "server" ? net.StartServer() : net.StartClient(1, "--route", "default");
}
