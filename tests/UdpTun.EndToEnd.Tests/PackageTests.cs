using System.Runtime.CompilerServices;
using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>The Debian package, as <c>./run.sh package</c> builds it, in a copy of this machine's system.</summary>
[Collection(Alone.Name)]
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

        ExamineUnits(system);
        await CarryPackets(net, system);

        system.Run("dpkg", "-r", "udptun");
        Assert.Equal(["/etc/udptun", "/etc/udptun/client.conf", "/etc/udptun/server.conf"], Left(system).Where(path => path.StartsWith("/etc")).Order());
        Assert.Contains("/var/lib/udptun/private.key", Left(system));
        system.Run("dpkg", "-P", "udptun");
        Assert.Empty(Left(system));
    }

    // As the units start it, with a peer that root makes while the server runs.
    private static async Task CarryPackets(Topology net, SystemCopy system)
    {
        net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost));
        var server = net.LaunchForeign(net.Server, Started(net, system, "server"));
        await server.UntilReady();
        var added = net.Server.Run(system.Inside("udptun", "peer", "add", "laptop", "--endpoint", "10.77.1.1", "--output", "/root/laptop.conf"));
        Assert.Contains("servertun has taken it: 1 peer, 1 added", added);
        system.Run("install", "-o", "udptun", "-m", "600", "/root/laptop.conf", "/etc/udptun/client.conf");
        var client = net.LaunchForeign(net.Client, Started(net, system, "client"));
        await client.UntilReady();
        using var visitor = new UdpVisitor(net.Client, Topology.InternetHost);
        await Eventually.Holds("the tunnel carries packets", Patience, () => visitor.IsEchoed(briefly: true));
        // For wg of root, too, and of nobody else.
        Assert.Equal("660 udptun\n", system.Run("stat", "-c", "%a %U", "/run/wireguard/servertun.sock"));
        Assert.Contains("600 udptun", system.Run("sh", "-c", "stat -c '%a %U' /var/lib/udptun/peers/*.conf /var/lib/udptun/private.key"));
        Assert.Equal((0, 0), (await client.Stop(), await server.Stop()));
    }

    /// <summary>What systemd makes of a unit, by hand: user, capabilities and directories, and no privilege to be gained.</summary>
    private static string[] Started(Topology net, SystemCopy system, string role)
    {
        var unit = File.ReadLines(system.PathOf($"/usr/lib/systemd/system/udptun-{role}.service")).Select(line => line.Split('=', 2))
            .Where(pair => pair.Length == 2 && !pair[0].StartsWith('#')).ToLookup(pair => pair[0], pair => pair[1]);
        var (user, group) = (unit["User"].Single(), unit["Group"].Single());
        system.Run("install", "-d", "-o", user, "-g", group, "-m", unit["RuntimeDirectoryMode"].Single(), $"/run/{unit["RuntimeDirectory"].Single()}");
        Assert.Equal($"{unit["StateDirectoryMode"].Single()[1..]} {user}\n", system.Run("stat", "-c", "%a %U", $"/var/lib/{unit["StateDirectory"].Single()}"));
        Assert.Equal(unit["CapabilityBoundingSet"].Single(), unit["AmbientCapabilities"].Single());
        var capabilities = "-all" + string.Concat(unit["AmbientCapabilities"].Single().Split(' ').Select(name => $",+{name["CAP_".Length..].ToLowerInvariant()}"));
        // Where the device is root's alone, as in some containers, a node of the same device that is everybody's covers it.
        var node = Path.Combine(net.StateDirectory, "tun");
        if (!File.Exists(node)) Command.Run("mknod", "-m", "666", node, "c", "10", "200");
        return
        [
            "unshare", "--mount", "sh", "-c", $"mount --bind {node} {system.PathOf("/dev/net/tun")} && exec \"$@\"", "sh", "chroot", system.Root,
            "setpriv", $"--reuid={user}", $"--regid={group}", "--init-groups", "--no-new-privs", $"--inh-caps={capabilities}",
            $"--ambient-caps={capabilities}", $"--bounding-set={capabilities}", .. unit["ExecStart"].Single().Split(' '),
        ];
    }

    private void ExamineUnits(SystemCopy system)
    {
        if (Command.Try("sh", "-c", "command -v systemd-analyze").ExitCode != 0)
        {
            output.WriteLine("no systemd-analyze here: the units are not examined");
            return;
        }

        foreach (var role in new[] { "server", "client" })
        {
            var unit = $"/usr/lib/systemd/system/udptun-{role}.service";
            system.Run("systemd-analyze", "verify", "--man=no", unit);
            // 10 is a program that may do anything, 0 one that may do nothing; it fails above 2.5.
            system.Run("systemd-analyze", "security", "--offline=yes", "--threshold=25", unit);
        }
    }

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
