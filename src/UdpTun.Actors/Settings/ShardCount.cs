using UdpTun.Actors.Settings.Reading;
using UdpTun.Net.Nat;

namespace UdpTun.Actors.Settings;

/// <summary>How many shards a server runs.</summary>
/// <param name="Count">1 or more.</param>
/// <param name="Obstacle">Why it is one, although more were asked for; null where nothing stands in the way.</param>
public sealed record ShardCount(int Count, string? Obstacle)
{
    public const string Key = "udptun.shards";

    /// <summary>The numbers of fragmented datagrams are told apart by four bits.</summary>
    internal const int Most = 16;

    private const int MostByItself = 4;

    /// <summary>
    /// As set, or for half of the cores, since the kernel works as much for each packet as we do; one where a setting allows no more.
    /// </summary>
    /// <param name="settings">A server's.</param>
    /// <param name="cores">That the process may use.</param>
    public static ShardCount Of(TunnelSettings settings, int cores)
    {
        var wanted = settings.Shards ?? (cores < 4 ? 1 : Math.Min(Math.Min(cores / 2, MostByItself), settings.Nat.Ports.Count));
        return wanted > 1 && FindObstacle(settings) is var (key, why) ? new ShardCount(1, $"{why} ({key})") : new ShardCount(wanted, null);
    }

    /// <summary>Why several shards cannot be, with the setting behind it; null where nothing stands in the way.</summary>
    // A shard is found by the outer port alone, and which client has it must not change from one shard to another.
    public static (string Key, string Why)? FindObstacle(TunnelSettings settings)
    {
        if (settings.Server.Exit == ExitKind.Echo) return (ServerSettings.ExitKey, "the exit echo has no NAT to share out");
        if (settings.Nat.StaticMappings.Count > 0) return (StaticMappingRules.Key, "a static mapping may lead to a client of any shard");
        if (settings.Nat.PortSelection == PortSelection.Preserve)
            return ("udptun.nat.port-selection", "a shard could keep only the inner ports of its own slice");
        return settings.Nat.UntranslatedDestinations.Count > 0
            ? (UntranslatedRules.DestinationsKey, "untranslated flows have ports of the clients' own") : null;
    }

    /// <exception cref="SettingsException">More shards than ports.</exception>
    internal static void Check(TunnelSettings settings)
    {
        var ports = settings.Nat.Ports.Count;
        if (settings.Shards > ports) throw SettingsReader.Refused(Key, $"{settings.Shards}", $"no more than udptun.nat.ports has ports ({ports})");
    }
}
