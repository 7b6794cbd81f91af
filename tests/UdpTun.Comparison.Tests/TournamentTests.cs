using System.Reflection;
using UdpTun.Comparison.Contenders;
using UdpTun.Comparison.Lab;
using UdpTun.Comparison.Measures;
using UdpTun.EndToEnd;

namespace UdpTun.Comparison.Tests;

/// <summary>One short round of real tunnels; no time or speed decides anything.</summary>
public sealed class TournamentTests
{
    [SkippableFact]
    public async Task Tournament_should_find_every_measure_when_two_tunnels_take_part()
    {
        Skip.If(NamespaceSupport.Obstacle is not null, NamespaceSupport.Obstacle);
        var tools = Directory.CreateTempSubdirectory("udptun-bench-");
        try
        {
            foreach (var tool in new[] { "relay", "pump" })
                Command.Run("gcc", "-O3", "-Wall", "-Wextra", "-Werror", "-o", $"{tools}/{tool}", Path.Combine(Sources, $"{tool}.c"));
            var options = Options.Parse(["--quick", "--only", "relay,udptun", "--tools", tools.FullName]);
            var progress = new StringWriter();

            var results = await new Tournament(options, progress).Play(Field.Of(options), CancellationToken.None);

            Assert.Empty(results.Missing);
            Assert.Equal(["relay", "udptun"], results.Contenders.Select(contender => contender.Name));
            foreach (var contender in results.Contenders)
                Assert.All(Measure.All, measure => Assert.True(results.Median(contender, measure) > 0, $"{contender.Name}: {measure.Key}"));
        }
        finally
        {
            tools.Delete(recursive: true);
        }

        Assert.DoesNotContain(Command.Run("ip", "netns", "list").Split('\n'), name => name.Contains($"-{Environment.ProcessId}-"));
    }

    [SkippableFact]
    public async Task Tournament_should_go_on_and_tell_what_is_left_out_when_a_tunnel_dies_on_its_way()
    {
        Skip.If(NamespaceSupport.Obstacle is not null, NamespaceSupport.Obstacle);
        var options = Options.Parse(["--quick", "--rounds", "2", "--tools", "no-such-folder"]);
        var dying = new Dying();

        var results = await new Tournament(options, new StringWriter()).Play([dying], CancellationToken.None);

        Assert.Equal(2, results.Values(dying, Measure.TcpUp4).Count); // the rest is measured
        Assert.Empty(results.Values(dying, Measure.Memory));
        Assert.Contains(results.LeftOut, one => one.StartsWith($"dying, round 2: {Measure.Memory.Title}: ", StringComparison.Ordinal));
        Assert.Contains(results.LeftOut, one => one.StartsWith($"dying, round 1: {Measure.SmallUdp.Title}: ", StringComparison.Ordinal)); // there is no pump
    }

    /// <summary>A way by the kernel, and a tunnel's process that ends as soon as all is up.</summary>
    private sealed class Dying() : Contender("dying", Kind.Peer)
    {
        public override async Task Start(Laboratory lab)
        {
            await new KernelForwarding().Start(lab);
            lab.Tunnel(lab.Server, "true");
            await lab.Processes[0].UntilExited(TunnelProcess.StopLimit);
        }
    }

    private static string Sources => Path.GetFullPath(Path.Combine(
        AppContext.BaseDirectory,
        Assembly.GetExecutingAssembly().GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Relay").Value!));
}
