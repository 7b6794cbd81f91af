using System.Runtime.CompilerServices;
using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>The Debian package, as <c>./run.sh package</c> builds it, in a copy of this machine's system.</summary>
public sealed class PackageTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly string[] Folders = ["/etc", "/usr", "/var/lib/udptun"];

    [SkippableFact]
    public async Task Package_should_be_installed_carry_packets_and_go_without_a_trace()
    {
        var package = FindPackage();
        Skip.If(package is null, "there is no package; './run.sh package' builds it");
        await using var net = new Topology(output);
        using var system = Copy();
        system.Run("dpkg", "-i", package);
        Assert.StartsWith("0.", system.Run("udptun", "--version"));
        Assert.Equal("the configuration is right\n", system.Run("udptun", "config", "check", "--role", "server", "--config", "/etc/udptun/server.conf"));
        var pages = system.Changed("/usr/share/man", "udptun");
        Assert.Contains("/usr/share/man/man1/udptun.1.gz", pages);
        Assert.Contains("/usr/share/man/man1/udptun-journal-who.1.gz", pages);
        Assert.All(pages, page => Assert.Contains(".SH SYNOPSIS", system.Run("gzip", "-dc", page)));
        Assert.Contains("udptun", system.Run("bash", "-c", "source /usr/share/bash-completion/completions/udptun && complete -p udptun"));

        await CarryPackets(net, system);

        system.Run("dpkg", "-r", "udptun");
        Assert.Equal(["/etc/udptun", "/etc/udptun/client.conf", "/etc/udptun/server.conf"], Left(system).Where(path => path.StartsWith("/etc")).Order());
        Assert.Contains("/var/lib/udptun/private.key", Left(system));
        system.Run("dpkg", "-P", "udptun");
        Assert.Empty(Left(system));
    }

    // As the units start it, with a peer that is made while the server runs.
    private static async Task CarryPackets(Topology net, SystemCopy system)
    {
        net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost));
        var server = net.LaunchForeign(net.Server, system.Inside(ExecStart(system, "server")));
        await server.UntilReady();
        var added = net.Server.Run(system.Inside(
            "udptun", "peer", "add", "laptop", "--config", "/etc/udptun/server.conf", "--endpoint", "10.77.1.1", "--output", "/root/laptop.conf"));
        Assert.Contains("servertun has taken it: 1 peer, 1 added", added);
        system.Run("install", "-m", "600", "/root/laptop.conf", "/etc/udptun/client.conf");
        var client = net.LaunchForeign(net.Client, system.Inside(ExecStart(system, "client")));
        await client.UntilReady();
        using var visitor = new UdpVisitor(net.Client, Topology.InternetHost);
        await Eventually.Holds("the tunnel carries packets", Patience, visitor.IsEchoed);
        Assert.Equal((0, 0), (await client.Stop(), await server.Stop()));
    }

    private static string[] ExecStart(SystemCopy system, string role) => File.ReadLines(system.PathOf($"/usr/lib/systemd/system/udptun-{role}.service"))
        .Single(line => line.StartsWith("ExecStart=", StringComparison.Ordinal))["ExecStart=".Length..].Split(' ');

    private static string[] Left(SystemCopy system) => [.. Folders.SelectMany(folder => system.Changed(folder, "udptun"))];

    private static SystemCopy Copy()
    {
        try
        {
            return new SystemCopy();
        }
        catch (InvalidOperationException refused)
        {
            throw new SkipException($"no overlay of the system: {refused.Message}");
        }
    }

    private static string? FindPackage([CallerFilePath] string here = "")
    {
        var folder = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "artifacts"));
        return Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "udptun_*.deb").FirstOrDefault() : null;
    }
}
