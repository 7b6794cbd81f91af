using System.Reflection;
using UdpTun.Comparison.Contenders;
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

    private static string Sources => Path.GetFullPath(Path.Combine(
        AppContext.BaseDirectory,
        Assembly.GetExecutingAssembly().GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Relay").Value!));
}
