using UdpTun.EndToEnd.Tests.Harness;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>Server and client as users without root, with the one capability that the README names.</summary>
public sealed class PrivilegesTests(ITestOutputHelper output)
{
    private static readonly string[] Nobody =
    [
        "setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups",
        "--inh-caps=-all,+net_admin", "--ambient-caps=-all,+net_admin", "--bounding-set=-all,+net_admin",
    ];

    [SkippableTheory]
    [InlineData("port-range")]
    [InlineData("masquerade")]
    public async Task Tunnel_should_need_one_capability_and_undo_all_without_root(string exit)
    {
        await using var net = new Topology(output);
        SkipUnlessNobodyMayRun(net);
        Command.Run("chown", "nobody", net.StateDirectory);
        var before = (HostSnapshot.Take(net.Server), HostSnapshot.Take(net.Client));

        var server = await Start(net, net.Server, ["--role", "server", .. Topology.Plain, "--exit", exit, .. Topology.OneShard]);
        var client = await Start(net, net.Client, ["--role", "client", .. Topology.Plain, "--server", "10.77.1.1", "--route", "default"]);
        var ping = net.Client.Ping(3, "203.0.113.10");
        var user = File.ReadLines($"/proc/{server.Id}/status").First(line => line.StartsWith("Uid:", StringComparison.Ordinal));
        var ends = (await client.Stop(), await server.Stop());

        Assert.Contains("3 received", ping);
        Assert.DoesNotContain("\t0\t", user);
        Assert.Equal((0, 0), ends);
        Assert.Equal(before, (HostSnapshot.Take(net.Server), HostSnapshot.Take(net.Client)));
    }

    private static async Task<TunnelProcess> Start(Topology net, NetworkNamespace host, params string[] arguments)
    {
        // Where the device is root's alone, as in some containers, a node of the same device that is everybody's covers it.
        var node = Path.Combine(net.StateDirectory, "tun");
        if (!File.Exists(node)) Command.Run("mknod", "-m", "666", node, "c", "10", "200");
        var process = net.LaunchForeign(host,
        [
            "unshare", "--mount", "sh", "-c", $"mount --bind {node} /dev/net/tun && exec \"$@\"", "sh",
            .. Nobody, TunnelProcess.Program, .. arguments, "--state-directory", net.StateDirectory,
        ]);
        await process.UntilReady();
        return process;
    }

    private static void SkipUnlessNobodyMayRun(Topology net)
    {
        var attempt = net.Server.Try([.. Nobody, "test", "-x", TunnelProcess.Program]);
        Skip.If(attempt.ExitCode != 0, $"the user nobody cannot run {TunnelProcess.Program} here: {attempt.Error}");
    }
}
