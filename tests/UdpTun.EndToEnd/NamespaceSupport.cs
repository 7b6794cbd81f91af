using System.Diagnostics;

namespace UdpTun.EndToEnd;

/// <summary>
/// Whether this machine lets us make network namespaces and TUN devices: the one reason for which an end-to-end test may be skipped.
/// </summary>
internal static class NamespaceSupport
{
    private const string Prefix = "udptun-e2e-";
    private static readonly Lazy<string?> Found = new(FindObstacle);

    /// <summary>Why there are no namespaces for us here; null where there are.</summary>
    internal static string? Obstacle => Found.Value;

    /// <summary>A name for a namespace of this process: no other run of the tests uses it at the same time.</summary>
    internal static string NameFor(int topology, string host) => $"{Prefix}{Environment.ProcessId}-{topology}-{host}";

    private static string? FindObstacle()
    {
        RemoveLeftovers();
        var name = NameFor(0, "probe");
        var made = Command.Try("ip", "netns", "add", name);
        if (made.ExitCode != 0) return $"no network namespaces here (needs root or user namespaces; run ./run.sh test): {made.Error.Trim()}";
        var tun = Command.Try("ip", "-n", name, "tuntap", "add", "dev", "probe", "mode", "tun");
        Command.Run("ip", "netns", "del", name);
        return tun.ExitCode == 0 ? null : $"no TUN devices here: {tun.Error.Trim()}";
    }

    // A test run that was killed could not clean up: what bears the id of a process that is gone belongs to nobody.
    private static void RemoveLeftovers()
    {
        foreach (var name in Command.Try("ip", "netns", "list").Output.Split('\n').Select(line => line.Split(' ')[0]))
        {
            if (!name.StartsWith(Prefix, StringComparison.Ordinal)) continue;
            if (!int.TryParse(name[Prefix.Length..].Split('-')[0], out var owner) || IsAlive(owner)) continue;
            foreach (var pid in Command.Try("ip", "netns", "pids", name).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
                Libc.kill(int.Parse(pid), Libc.SIGKILL);
            Command.Try("ip", "netns", "del", name);
        }
    }

    private static bool IsAlive(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
