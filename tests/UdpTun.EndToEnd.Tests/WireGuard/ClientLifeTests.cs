using UdpTun.EndToEnd.Tests.Harness;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests.WireGuard;

/// <summary>What a client whose server does not answer tells its user, and what the server tells its own.</summary>
public sealed class ClientLifeTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [SkippableFact]
    public async Task Closed_port_should_be_told_from_silence_and_be_forgotten_when_the_server_comes()
    {
        await using var net = new Topology(output);
        using var files = new SecureFiles();
        var client = net.Launch(net.Client, "--role", "client", "--config", files.ClientConf("10.77.1.1"));
        await client.UntilLogged("the port is closed", Patience);
        Assert.Contains("no session, after", Status(net));
        Assert.Contains("the port is closed", Status(net));

        await StartServer(net, files.ServerArguments);
        await client.UntilLogged("has a session", Patience);
        Assert.DoesNotContain("no session", Status(net));
    }

    [SkippableFact]
    public async Task Server_should_tell_of_a_client_that_is_not_its_own_and_the_client_of_silence()
    {
        await using var net = new Topology(output);
        using var files = new SecureFiles();
        var peers = Path.Combine(net.StateDirectory, "no-peers");
        var server = await StartServer(net, [.. files.ServerArguments, "--set", $"udptun.secure.peers-directory={peers}"]);
        var client = net.Launch(net.Client, "--role", "client", "--config", files.ClientConf("10.77.1.1"));
        await server.UntilLogged("1 calls of peers that are not ours", Patience);
        await client.UntilLogged("no answer: ", Patience);
        Assert.Contains("UnknownPeer", net.Try(net.Server, "status").Output);
    }

    [SkippableFact]
    public async Task Second_endpoint_should_be_used_when_the_first_is_dead_though_a_route_covers_it()
    {
        await using var net = new Topology(output);
        using var files = new SecureFiles();
        net.GiveClientDefaultRoute();
        await StartServer(net, files.ServerArguments);
        var client = net.Launch(net.Client, ["--role", "client", .. files.ClientArguments("10.77.1.200:9877", $"{Topology.DistantServer}:9877"),
            "--route", "10.77.0.0/24", "--route", "203.0.113.0/24"]);
        await client.UntilLogged($"has a session, at {Topology.DistantServer}", Patience);
        Assert.Contains("1 received", net.Client.Run("ping", "-c1", "-W5", "203.0.113.10"));
    }

    private static string Status(Topology net) => net.Try(net.Client, "status").Output;

    private static async Task<TunnelProcess> StartServer(Topology net, IReadOnlyList<string> arguments)
    {
        var server = net.Launch(net.Server, ["--role", "server", "--exit", "masquerade", .. TunnelTopology.OneShard, .. arguments]);
        await server.UntilReady();
        return server;
    }
}
