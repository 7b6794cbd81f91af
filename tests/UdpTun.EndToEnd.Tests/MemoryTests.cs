using UdpTun.EndToEnd.Tests.Harness;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>What a process keeps loaded; figures are for the benchmark (ADR 0026).</summary>
public sealed class MemoryTests(ITestOutputHelper output)
{
    /// <summary>Each of them costs 1 to 4 MB with what it draws in, and does nothing for a tunnel.</summary>
    private static readonly string[] s_unneeded =
    [
        "System.Private.Xml.dll", "System.Configuration.ConfigurationManager.dll", "Newtonsoft.Json.dll", "System.Reflection.Metadata.dll",
        // Until somebody asks it something: see below.
        WebServer, "Microsoft.AspNetCore.Routing.dll",
    ];

    private const string WebServer = "Microsoft.AspNetCore.Server.Kestrel.Core.dll";

    [SkippableFact]
    public async Task Tunnel_should_load_no_library_that_it_has_no_use_for()
    {
        await using var net = new Topology(output);
        var (server, client) = await net.StartTunnel();
        Assert.Equal(0, net.Client.TryPing(1, $"{TunnelTopology.InternetHost}").ExitCode);
        foreach (var process in new[] { server, client })
        {
            Assert.True(HasLoaded(process, "Akka.dll"));
            Assert.DoesNotContain(s_unneeded, library => HasLoaded(process, library));
        }
    }

    [SkippableFact]
    public async Task Server_should_load_its_web_server_when_it_is_asked_for_the_first_time()
    {
        await using var net = new Topology(output);
        var server = await net.StartServer();
        Assert.False(HasLoaded(server, WebServer));
        Assert.Equal(0, net.Try(net.Server, "status").ExitCode);
        Assert.True(HasLoaded(server, WebServer));
    }

    private static bool HasLoaded(TunnelProcess process, string library) =>
        File.ReadAllText($"/proc/{process.Id}/maps").Contains($"/{library}\n", StringComparison.Ordinal);
}
