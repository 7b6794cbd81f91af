using System.Net;
using UdpTun.EndToEnd.Tests.Harness;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>What cannot work ends with one sentence that names the thing, and an exit code that tells the kind.</summary>
public sealed class WrongUseTests(ITestOutputHelper output)
{
    private const int OtherFailure = 1;
    private const int Usage = 2;
    private const int Privilege = 4;
    private const int NotInstalled = 5;
    private const int Configuration = 6;

    [SkippableTheory]
    [Trait(OffloadPass.Trait, OffloadPass.Unused)]
    [InlineData(Configuration, "udptun.nat.colour", "--role", "server", "--set", "udptun.nat.colour=red")]
    [InlineData(Configuration, "udptun.nat.timeouts.udp", "--role", "server", "--set", "udptun.nat.timeouts.udp=300")]
    [InlineData(Configuration, "udptun.tun.mtu", "--role", "server", "--set", "udptun.tun.mtu=70000")]
    [InlineData(Configuration, "udptun.client.server", "--role", "client", "--transport", "plain")]
    [InlineData(Configuration, "udptun peer add NAME", "--role", "client", "--set", "udptun.secure.private-key-file=/nowhere.key")]
    [InlineData(Configuration, "nowhere.conf", "--role", "server", "--config", "/nowhere.conf")]
    [InlineData(Usage, "--colour", "--role", "server", "--colour", "red")]
    [InlineData(Usage, "juggler", "--role", "juggler")]
    public async Task Wrong_words_should_be_named(int exitCode, string named, params string[] arguments)
    {
        await using var net = new Topology(output);

        await ShouldEnd(net.Launch(net.Server, arguments), exitCode, named);
    }

    [SkippableFact]
    [Trait(OffloadPass.Trait, OffloadPass.Unused)]
    public async Task Port_should_be_named_when_it_is_taken()
    {
        await using var net = new Topology(output);
        using var other = net.Server.OpenUdp(new IPEndPoint(IPAddress.Any, 9877));

        await ShouldFailAndLeaveNothing(net, [], OtherFailure, "9877");
    }

    [SkippableFact]
    [Trait(OffloadPass.Trait, OffloadPass.Unused)]
    public async Task Device_should_be_named_when_its_name_is_taken()
    {
        await using var net = new Topology(output);
        net.Server.Ip("link add servertun type veth peer name other");

        await ShouldFailAndLeaveNothing(net, [], OtherFailure, "servertun");
    }

    [SkippableFact]
    public async Task Device_should_be_named_when_another_server_has_it()
    {
        await using var net = new Topology(output);
        await net.StartTunnel();

        await ShouldFailAndLeaveNothing(net, ["--listen", "0.0.0.0:9878"], OtherFailure, "servertun");

        Assert.Equal(0, net.Client.TryPing(1, "203.0.113.10").ExitCode);
    }

    [SkippableFact]
    [Trait(OffloadPass.Trait, OffloadPass.Unused)]
    public async Task Uplink_should_be_asked_for_when_there_is_no_default_route()
    {
        await using var net = new Topology(output);
        net.Server.Ip("route del default");

        await ShouldFailAndLeaveNothing(net, [], OtherFailure, "udptun.server.uplink");
    }

    [SkippableTheory]
    [Trait(OffloadPass.Trait, OffloadPass.Unused)]
    [InlineData("server")]
    [InlineData("client")]
    [InlineData("dump")]
    public async Task Root_should_be_asked_for_when_privileges_are_missing(string role)
    {
        await using var net = new Topology(output);
        string[] arguments = role == "client" ? ["--role", role, .. Topology.Plain, "--server", "10.77.1.1"] : ["--role", role, "--set", "udptun.transport=plain"];

        // Root without a single capability: it still reads the program's files wherever they lie.
        var process = net.LaunchForeign(net.Server,
        [
            "setpriv", "--bounding-set=-all", "--inh-caps=-all",
            TunnelProcess.Program, .. arguments, "--state-directory", net.StateDirectory,
        ]);

        await ShouldEnd(process, Privilege, "root");
    }

    [SkippableTheory]
    [Trait(OffloadPass.Trait, OffloadPass.Unused)]
    [InlineData("/usr/sbin/nft", "nftables")]
    [InlineData("/dev/net/tun", "tun")]
    public async Task Missing_part_should_be_named(string part, string named)
    {
        await using var net = new Topology(output);
        var before = HostSnapshot.Take(net.Server);

        // In a mount namespace of its own the part is covered by an empty place.
        var process = net.LaunchForeign(net.Server,
        [
            "unshare", "--mount", "sh", "-c", $"mount -t tmpfs none {Path.GetDirectoryName(part)} && exec \"$@\"", "sh",
            TunnelProcess.Program, "--role", "server", .. Topology.Plain, "--exit", "masquerade",
            "--state-directory", net.StateDirectory,
        ]);

        await ShouldEnd(process, NotInstalled, named);
        Assert.Equal(before, HostSnapshot.Take(net.Server));
    }

    private static async Task ShouldFailAndLeaveNothing(Topology net, string[] arguments, int exitCode, string named)
    {
        var before = HostSnapshot.Take(net.Server);
        var server = net.Launch(net.Server, ["--role", "server", .. Topology.Plain, "--exit", "masquerade", .. arguments]);
        await ShouldEnd(server, exitCode, named);
        Assert.Equal(before, HostSnapshot.Take(net.Server));
    }

    private static async Task ShouldEnd(TunnelProcess process, int exitCode, string named)
    {
        Assert.Equal(exitCode, await process.UntilExited(TunnelProcess.StartLimit));
        Assert.Contains(named, process.Log, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("   at ", process.Log);
    }
}
