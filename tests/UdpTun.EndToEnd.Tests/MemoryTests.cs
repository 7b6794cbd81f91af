using UdpTun.EndToEnd.Tests.Harness;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>What a process keeps loaded; figures are for the benchmark (ADR 0026).</summary>
public sealed class MemoryTests(ITestOutputHelper output)
{
    /// <summary>Each of them costs 1 to 4 MB with what it draws in, and does nothing for a tunnel.</summary>
    private static readonly string[] s_unneeded =
    [
        "System.Private.Xml.dll", "System.Configuration.ConfigurationManager.dll", "Newtonsoft.Json.dll",
    ];

    [SkippableFact]
    public async Task Tunnel_should_load_no_library_that_it_has_no_use_for()
    {
        await using var net = new Topology(output);
        var (server, client) = await net.StartTunnel();
        Assert.Equal(0, net.Client.Try("ping", "-c1", "-W2", $"{TunnelTopology.InternetHost}").ExitCode);
        foreach (var process in new[] { server, client })
        {
            var loaded = await File.ReadAllTextAsync($"/proc/{process.Id}/maps");
            Assert.Contains("/Akka.dll", loaded);
            Assert.DoesNotContain(s_unneeded, library => loaded.Contains($"/{library}", StringComparison.Ordinal));
        }
    }
}
