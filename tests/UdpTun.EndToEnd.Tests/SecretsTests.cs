using System.Text;
using UdpTun.EndToEnd.Tests.Harness;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>No key is anywhere but in the files that are made for keys.</summary>
public sealed class SecretsTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly string[] Talkative = ["--log-level", "trace"];

    [SkippableFact]
    public async Task No_key_should_be_told_by_anything_that_a_run_says_or_leaves()
    {
        await using var net = new Topology(output);
        var peers = new PeerServer(net);
        var server = await peers.Start([
            .. Talkative, "--set", $"udptun.journal.directory={net.StateDirectory}/journal", "--set", $"udptun.log.file={net.StateDirectory}/server.log",
            "--set", "udptun.metrics.listen=127.0.0.1:9878",
        ]);
        var said = new StringBuilder(peers.Add("laptop", 1, "quota = 1GB"));
        said.Append(peers.Add("phone", 2));
        var client = net.Launch(net.Client, ["--role", "client", "--config", peers.Conf("laptop"), .. Talkative]);
        await client.UntilLogged("has a session", Patience);
        await client.UntilReady();
        Assert.Equal(0, net.Client.TryPing(3, "203.0.113.10").ExitCode);
        // Another end's preshared key: the handshake fails, and is told.
        var wrong = Path.Combine(net.StateDirectory, "wrong.conf");
        File.WriteAllText(wrong, File.ReadAllText(peers.Conf("phone")).Replace(PresharedKey(peers.Conf("phone")), PresharedKey(peers.Conf("laptop"))));
        Command.Run("chmod", "600", wrong);
        var stranger = net.Launch(net.Clients[1], ["--role", "client", "--config", wrong, .. Talkative]);
        await stranger.UntilLogged("no session with peer", Patience);

        foreach (var verb in new[]
        {
            "status", "status --json", "flows --json", "flow icmp-1 explain", "config show", "config show --json", "config reload", "doctor server", "doctor server --json",
            "peer list", "peer list --json", "peer show laptop", "peer show laptop --json",
        }) said.Append(Said(net.Try(net.Server, [.. verb.Split(' '), .. verb.StartsWith("peer", StringComparison.Ordinal) ? peers.Secrets : []])));
        foreach (var verb in new[] { "status", "status --json", "config show --json --config " + peers.Conf("laptop"), "doctor client --config " + wrong })
            said.Append(Said(net.Try(net.Client, verb.Split(' '))));
        said.Append((await Web.Await(net.Server, 9878, "/metrics")).Body);
        server.Signal(Libc.SIGUSR1);
        foreach (var process in new[] { server, client, stranger })
        {
            foreach (var part in new[] { "cmdline", "environ" }) said.Append(File.ReadAllText($"/proc/{process.Id}/{part}"));
            await process.Stop();
            said.Append(process.Output).Append(process.Log);
        }

        foreach (var file in Directory.EnumerateFiles(net.StateDirectory, "*", SearchOption.AllDirectories).Where(file => !IsForKeys(file, peers)))
            said.Append(File.ReadAllText(file));

        var everything = said.ToString();
        Assert.Contains("laptop has 10.61.0.2", everything);
        Assert.Contains("another preshared key", everything);
        Assert.True(everything.Length > 20_000, $"{everything.Length} characters are too few to be everything");
        string[] confs = ["laptop", "phone"];
        string[] keys = [File.ReadAllText(peers.KeyFile).Trim(), .. confs.Select(name => PrivateKey(peers.Conf(name))), .. confs.Select(name => PresharedKey(peers.Conf(name)))];
        Assert.All(keys, key =>
        {
            Assert.Equal(44, key.Length);
            // As base64, and as wg's own protocol writes it.
            Assert.DoesNotContain(key, everything);
            Assert.DoesNotContain(Convert.ToHexString(Convert.FromBase64String(key)), everything, StringComparison.OrdinalIgnoreCase);
        });
    }

    private static bool IsForKeys(string file, PeerServer peers) =>
        file == peers.KeyFile || file.EndsWith(".conf", StringComparison.Ordinal);

    private static string Said(CommandResult result) => result.Output + result.Error;

    private static string PrivateKey(string conf) => Value(conf, "PrivateKey");

    private static string PresharedKey(string conf) => Value(conf, "PresharedKey");

    private static string Value(string conf, string key) =>
        File.ReadLines(conf).Single(line => line.StartsWith($"{key} = ", StringComparison.Ordinal))[(key.Length + 3)..];
}
