using System.Text.Json;
using UdpTun.EndToEnd.Tests.Harness;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests.Treatment;

/// <summary>What the doctor finds on hosts that are well and on hosts that are not.</summary>
public sealed class DoctorTests(ITestOutputHelper output)
{
    private const int Success = 0;
    private const int Failure = 1;
    private const int Usage = 2;
    private const int Configuration = 6;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [SkippableFact]
    public async Task Doctor_should_find_a_running_tunnel_well_on_both_ends()
    {
        await using var net = new Topology(output);
        await net.StartServer("port-range", []);
        await net.StartClient(1, "--route", "203.0.113.0/24");

        var server = Plain(net, net.Server, "server", "--exit", "port-range");
        Assert.Equal((Success, ""), (server.ExitCode, server.Error));
        Assert.StartsWith("udptun doctor: server, which runs here\n", server.Output);
        Assert.Matches(@"(?m)^good +port +the server listens at UDP 0\.0\.0\.0:9877$", server.Output);
        Assert.Matches(@"(?m)^good +forwarding +net\.ipv4\.ip_forward is 1$", server.Output);
        Assert.Matches(@"(?m)^good +NAT ports +20000-29999 are reserved", server.Output);
        Assert.Matches(@"(?m)^good +NAT class +endpoint-independent mapping; filtering decided by our NAT", server.Output);

        var client = Plain(net, net.Client, "client", "--server", "10.77.1.1");
        Assert.Equal((Success, ""), (client.ExitCode, client.Error));
        Assert.Matches(@"(?m)^good +server +answers at UDP 10\.77\.1\.1:9877 in [\d.]+ ms$", client.Output);
        Assert.Matches(@"(?m)^good +MTU +packets of 1420 bytes, the tunnel's longest, pass both ways in whole datagrams$", client.Output);
    }

    [SkippableFact]
    public async Task Doctor_should_work_without_a_running_instance_and_in_json()
    {
        await using var net = new Topology(output);
        var answer = Plain(net, net.Server, "server", "--exit", "masquerade", "--json");
        Assert.Equal((Success, ""), (answer.ExitCode, answer.Error));
        var root = JsonDocument.Parse(answer.Output).RootElement;
        Assert.Equal((1, "server", false), (
            root.GetProperty("schema").GetInt32(), root.GetProperty("role").GetString(), root.GetProperty("running").GetBoolean()));
        Assert.Equal("Good", Verdict(root, "port"));
        Assert.Contains(Verdict(root, "clock"), (string[])["Good", "Warning", "Skipped"]);
    }

    [SkippableFact]
    public async Task Doctor_should_tell_a_client_whose_server_is_not_there()
    {
        await using var net = new Topology(output);
        var answer = Plain(net, net.Client, "client", "--server", "10.77.1.1");
        Assert.Equal(Failure, answer.ExitCode);
        Assert.Contains("the host is there, but nothing listens at UDP 10.77.1.1:9877", answer.Output);
        Assert.Contains("remedy: start the server, or correct the port of --server", answer.Output);

        Assert.Contains("no route leads to the server 10.88.0.1:9877", Plain(net, net.Client, "client", "--server", "10.88.0.1").Output);

        await net.StartServer("--set", "udptun.server.allowed-clients=[\"10.77.2.0/24\"]");
        var silent = Plain(net, net.Client, "client", "--server", "10.77.1.1");
        Assert.Equal(Failure, silent.ExitCode);
        Assert.Contains("nobody answers at UDP 10.77.1.1:9877", silent.Output);
    }

    [SkippableFact]
    public async Task Doctor_should_find_a_narrow_path_and_the_size_that_passes()
    {
        await using var net = new Topology(output);
        await net.StartServer();
        // Only the server's half knows of it, as with a narrow link somewhere on the way: what is longer just does not come back.
        net.Server.Run("nft", "table ip narrow { chain in { type filter hook input priority -300; iifname lan1 ip length > 1300 drop; }; }");
        var answer = Plain(net, net.Client, "client", "--server", "10.77.1.1");
        Assert.Equal(Success, answer.ExitCode);
        Assert.Matches(@"(?m)^WARNING +MTU +packets of more than 1272 bytes do not pass both ways in whole datagrams", answer.Output);
        Assert.Contains("remedy: --set udptun.tun.mtu=1272", answer.Output);
    }

    [SkippableFact]
    public async Task Doctor_should_find_what_stands_in_a_servers_way()
    {
        await using var net = new Topology(output);
        net.Server.Run("nft", "table ip filter { chain FORWARD { type filter hook forward priority 0; policy drop; }; }");
        net.LaunchForeign(net.Server, "socat", "UDP-LISTEN:9877,fork", "/dev/null");
        await Eventually.Holds("socat listens", Patience, () => net.Server.Run("ss", "-Huln").Contains(":9877"));

        var answer = Plain(net, net.Server, "server", "--exit", "masquerade");
        Assert.Equal(Failure, answer.ExitCode);
        Assert.Matches(@"(?m)^WRONG +firewalls +.*has policy drop", answer.Output);
        Assert.Contains("remedy: nft insert rule", answer.Output);
        Assert.Matches(@"(?m)^WRONG +port +UDP 0\.0\.0\.0:9877 is taken by another program$", answer.Output);
        Assert.Contains("2 wrong", answer.Output);
    }

    [SkippableFact]
    public async Task Doctor_should_tell_the_NAT_class_that_stun_servers_see()
    {
        await using var net = new Topology(output);
        net.Internet.Ip("addr add 203.0.113.11/24 dev eth0");
        await net.StartServer("port-range", []);
        await net.StartClient(1, "--route", "203.0.113.0/24");
        net.LaunchForeign(
            net.Internet, "turnserver", "-n", "-S", "-L", "203.0.113.10", "-L", "203.0.113.11", "-p", "3478", "--no-tls", "--no-dtls", "--no-cli",
            "--log-file=stdout", $"--pidfile={net.StateDirectory}/turnserver.pid");
        await Eventually.Holds("turnserver listens", Patience, () => net.Internet.Run("ss", "-Huln").Contains("203.0.113.11:3478"));

        var answer = Plain(net, net.Client, "client", "--server", "10.77.1.1", "--stun", "203.0.113.10");
        Assert.Matches(
            @"(?m)^good +NAT class +seen as 203\.0\.113\.1:\d+: endpoint-independent mapping; endpoint-independent filtering$", answer.Output);
    }

    [SkippableFact]
    public async Task Doctor_should_refuse_what_makes_no_sense()
    {
        await using var net = new Topology(output);
        Refused(Usage, "'dump' is no role to examine: doctor takes server or client", "dump");
        Refused(Usage, "--exit does not fit the role client", "client", "--server", "10.77.1.1", "--exit", "masquerade");
        Refused(Usage, "--stun takes an address", "client", "--server", "10.77.1.1", "--stun", "stun.example");
        Refused(Usage, "--gateway takes an IPv4 address", "client", "--server", "10.77.1.1", "--gateway", "here");
        Refused(Configuration, "the role client needs a server", "client", "--transport", "plain");
        Refused(Configuration, "udptun.tun.mtu", "server", "--set", "udptun.tun.mtu=7");

        void Refused(int code, string said, params string[] arguments)
        {
            var result = net.Try(net.Client, ["doctor", .. arguments]);
            Assert.True(result.ExitCode == code && result.Error.Contains(said), result.ToString());
        }
    }

    private static CommandResult Plain(Topology net, NetworkNamespace host, params string[] arguments) =>
        net.Try(host, ["doctor", .. arguments, .. Topology.Plain]);

    private static string? Verdict(JsonElement root, string check) => root.GetProperty("findings").EnumerateArray()
        .Single(finding => finding.GetProperty("check").GetString() == check).GetProperty("verdict").GetString();
}
