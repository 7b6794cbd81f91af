using UdpTun.EndToEnd.Tests.Harness;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>Another firewall of the server's host that drops what is forwarded, as Docker's and ufw's do.</summary>
public sealed class ForeignFirewallTests(ITestOutputHelper output)
{
    [SkippableFact]
    public async Task Server_should_warn_with_a_remedy_that_works_when_another_firewall_drops_forwarded_packets()
    {
        await using var net = new Topology(output);
        net.Server.Run("nft", "table ip filter { chain FORWARD { type filter hook forward priority 0; policy drop; }; }");
        var (server, _) = await net.StartTunnel();
        Assert.NotEqual(0, net.Client.Try("ping", "-c1", "-W1", "203.0.113.10").ExitCode);

        var warning = await server.UntilLogged("has policy drop", TimeSpan.FromSeconds(5));
        net.Server.Run("sh", "-c", warning[(warning.IndexOf("Remedy: ", StringComparison.Ordinal) + "Remedy: ".Length)..]);

        Assert.Contains("3 received", net.Client.Ping(3, "203.0.113.10"));
    }

    [SkippableFact]
    public async Task Server_should_not_warn_when_no_other_firewall_is_in_the_way()
    {
        await using var net = new Topology(output);
        net.Server.Run("nft", "table ip filter { chain FORWARD { type filter hook forward priority 0; policy accept; }; }");

        var server = await net.StartServer();

        Assert.DoesNotContain("has policy drop", server.Log);
    }
}
