using System.Globalization;
using System.Net;
using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>Who had which outer port: a server writes it down, and <c>udptun journal</c> tells it.</summary>
public sealed class JournalTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static CommandResult Journal(string directory, params string[] arguments)
    {
        // The program is started by its own name and must find the runtime of these tests.
        var runtime = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "../../.."));
        return Command.Try(["env", $"DOTNET_ROOT={runtime}", TunnelProcess.Program, "journal", .. arguments, "--directory", directory]);
    }

    private static CommandResult Who(string directory, IPEndPoint outer, DateTime at) =>
        Journal(directory, "who", $"{outer}", "udp", at.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));

    [SkippableFact]
    public async Task Owner_of_a_port_should_be_told_while_it_is_open_and_after_a_stop_and_after_a_crash()
    {
        await using var net = new Topology(output);
        var echo = net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost));
        var directory = Path.Combine(net.StateDirectory, "journal");
        string[] keep = ["--set", $"udptun.journal.directory={directory}"];
        var (server, _) = await net.StartTunnel(keep);
        var before = DateTime.UtcNow;
        using var visitor = new UdpVisitor(net.Client, Topology.InternetHost, 25000);
        Assert.True(await visitor.IsEchoed());
        var outer = Assert.Single(echo.Senders);
        Assert.Equal(Topology.ServerOnInternet, outer.Address);

        await Eventually.Holds("the mapping is written down", Patience, () => Who(directory, outer, DateTime.UtcNow).ExitCode == 0);
        var open = Who(directory, outer, DateTime.UtcNow).Output;
        Assert.StartsWith($"udp {outer} was 10.61.0.2:25000 of client 10.77.1.2:", open);
        Assert.EndsWith(" on, and is still\n", open);
        Assert.Equal(1, Who(directory, outer, before).ExitCode);
        Assert.DoesNotContain($"{Topology.InternetHost}", Journal(directory, "show").Output);

        var running = DateTime.UtcNow;
        await server.Stop();
        var stopped = DateTime.UtcNow;
        Assert.EndsWith(", when the server was stopped\n", Who(directory, outer, running).Output);
        Assert.StartsWith($"udp {outer} was nobody's: no server ran, since ", Who(directory, outer, stopped).Output);

        // The session goes on in the next run, and so does what the journal says of it, until that run is killed.
        var again = await net.StartServer(keep);
        await Eventually.Holds("the mapping goes on", Patience, () => Who(directory, outer, DateTime.UtcNow).ExitCode == 0);
        running = DateTime.UtcNow;
        await again.Stop(Libc.SIGKILL);
        Assert.EndsWith("its end is unknown, since the server ended without writing it down\n", Who(directory, outer, running).Output);
        await net.StartServer(keep);
        Assert.Contains("without writing it down, before ", Who(directory, outer, running).Output);
    }

    [SkippableFact]
    public async Task Full_disk_should_be_told_and_cost_nothing_that_is_not_counted()
    {
        await using var net = new Topology(output);
        var directory = Path.Combine(net.StateDirectory, "small");
        Directory.CreateDirectory(directory);
        var mounted = Command.Try("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", directory);
        Skip.If(mounted.ExitCode != 0, $"no file system of its own: {mounted.Error}");
        try
        {
            await FillAndEmpty(net, directory);
        }
        finally
        {
            Command.Run("umount", "-l", directory);
        }
    }

    private static async Task FillAndEmpty(Topology net, string directory)
    {
        var echo = net.Use(new UdpEchoHost(net.Internet, Topology.InternetHost));
        var (server, _) = await net.StartTunnel("--set", $"udptun.journal.directory={directory}");
        var filler = Path.Combine(directory, "filler");
        Command.Try("dd", "if=/dev/zero", $"of={filler}", "bs=1k");

        // A page is left of the journal's own file.
        for (var count = 0; count < 200; count++)
        {
            using var visitor = new UdpVisitor(net.Client, Topology.InternetHost);
            Assert.True(await visitor.IsEchoed());
        }

        Assert.Contains("No space left on device", await server.UntilLogged("the mapping journal cannot be written", Patience));
        File.Delete(filler);
        await server.UntilLogged("the mapping journal is written again", Patience);
        await Eventually.Holds("all is written down", Patience, () =>
        {
            var shown = Journal(directory, "show").Output;
            return echo.Senders.All(outer => shown.Contains($" udp {outer} is ", StringComparison.Ordinal));
        });
        Assert.DoesNotContain(" lost ", Journal(directory, "show").Output);
    }

    [SkippableFact]
    public async Task Directory_that_cannot_be_written_should_stop_the_start()
    {
        await using var net = new Topology(output);
        var server = net.Launch(net.Server, ["--role", "server", .. Topology.Plain, "--set", "udptun.journal.directory=/dev/null/journal"]);
        Assert.Equal(6, await server.UntilExited(TunnelProcess.StartLimit));
        Assert.Contains("udptun.journal.directory is '/dev/null/journal', but must be a directory that can be written", server.Log);
    }
}
