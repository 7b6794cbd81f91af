using System.Text.Json;
using System.Text.RegularExpressions;
using UdpTun.EndToEnd.Tests.Harness;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests.Control;

/// <summary>What an operator is told of running instances.</summary>
public sealed class StatusTests(ITestOutputHelper output)
{
    private const int Success = 0;
    private const int NotRunning = 7;

    [SkippableTheory]
    [Trait(OffloadPass.Trait, OffloadPass.Unused)]
    [InlineData("TERM=xterm-256color", 200, true, true)]
    [InlineData("NO_COLOR=1", 200, true, false)]
    [InlineData("TERM=xterm-256color", 20, false, false)] // too narrow for lines: nothing is cut off
    public async Task Status_on_a_terminal_should_suit_it(string variable, int columns, bool hasLines, bool hasColours)
    {
        await using var net = new Topology(output);
        await net.StartServer();
        var verb = $"DOTNET_ROOT={TunnelProcess.Runtime} {TunnelProcess.Program} status --instance servertun --state-directory {net.StateDirectory}";

        var shown = net.Server.Run("env", "TERM=xterm-256color", variable, "script", "-qec", $"stty cols {columns}; {verb}", "/dev/null");

        Assert.Contains("servertun: server", shown);
        Assert.Matches(@"UDP out[^\n]* 0 B", shown);
        Assert.DoesNotContain('…', shown);
        Assert.Equal((hasLines, hasColours), (shown.Contains('╭'), Regex.IsMatch(shown, @"\x1b\[[0-9;]+m")));
    }

    [SkippableFact]
    public async Task Status_should_tell_of_every_instance_on_the_host()
    {
        await using var net = new Topology(output);
        await net.StartTunnel();
        net.Client.Ping(3, "203.0.113.10");

        var (people, programs) = (net.Try(net.Server, "status"), net.Try(net.Server, "status", "--json"));

        Assert.Equal((Success, ""), (people.ExitCode, people.Error));
        Assert.StartsWith("servertun: server, process ", people.Output);
        Assert.Contains("\nclienttun: client, process ", people.Output);
        Assert.Matches(@"(?m)^  exit       masquerade, clients leave as 203\.0\.113\.1 and 2001:db8::1$", people.Output);
        Assert.Matches(@"(?m)^TUN out +3  252 B$", people.Output);
        Assert.Matches(@"(?m)^10\.77\.1\.2:\d+ +1 ", people.Output);
        var server = JsonDocument.Parse(programs.Output).RootElement.GetProperty("instances")[0];
        Assert.Equal(("servertun", "server", 1), (
            server.GetProperty("instance").GetString(), server.GetProperty("role").GetString(), server.GetProperty("sessions").GetInt32()));
        Assert.True(server.GetProperty("devices").EnumerateArray().All(device => device.GetProperty("open").GetBoolean()));
    }

    [SkippableFact]
    [Trait(OffloadPass.Trait, OffloadPass.Unused)]
    public async Task Status_should_find_nobody_when_the_server_was_killed()
    {
        await using var net = new Topology(output);
        var server = await net.StartServer();
        Assert.Equal(Success, net.Try(net.Server, "status").ExitCode);

        await server.Stop(9);
        var after = net.Try(net.Server, "status");
        net.Try(net.Server, "cleanup");

        Assert.Equal(NotRunning, after.ExitCode);
        Assert.StartsWith("udptun: no udptun runs here", after.Error);
        Assert.Empty(Directory.GetDirectories(net.StateDirectory));
    }
}
