using UdpTun.Net.Nat;

namespace UdpTun.Linux.HostSetup;

/// <summary>
/// Between two runs of a server: what arrives at the NAT's ports is dropped without a word, and so sent again. The kernel finds nobody at these
/// ports once the exit's rules are gone, and would reset the very connections that the next run goes on with (ADR 0021). A rule that asks for
/// a connection's state keeps the kernel tracking them: where nobody asks it stops, and takes them up again without their windows. The ports
/// leave the table by themselves after <see cref="Lasts"/>; the empty table goes with the next start or clean-up. It is not in the
/// journal, whose changes a start undoes before it makes its own: the guard has to stand until the new rules do.
/// </summary>
/// <param name="device">The instance's TUN.</param>
/// <param name="uplinks">The devices that the internet is behind.</param>
/// <param name="ports">The NAT's ports.</param>
public sealed class RestartGuard(string device, IReadOnlyList<string> uplinks, PortRange ports)
{
    /// <summary>A server that has not come back after this time is not expected any more.</summary>
    public static readonly TimeSpan Lasts = TimeSpan.FromSeconds(60);

    private const string Prefix = "udptun_";
    private const string Suffix = ".guard"; // no device's table has a dot in its name

    private readonly string _table = DeviceName.ToNftName(device) + Suffix;
    private readonly CommandRunner _commands = new();

    /// <summary>Called while the exit's rules still stand, so that no packet finds neither.</summary>
    /// <returns>Why it could not be made; null when it stands.</returns>
    public string? Raise()
    {
        var result = _commands.Try(Script(), "nft", "-f", "-");
        return result.Succeeded ? null : result.Error.Trim();
    }

    /// <summary>Called when packets pass again.</summary>
    public void Lower()
    {
        if (TablesIn(_commands).Contains(_table)) Delete(_commands, _table);
    }

    /// <summary>Takes all guards of the network namespace away, and names them.</summary>
    internal static IReadOnlyList<string> LowerAll(CommandRunner commands)
    {
        var guards = TablesIn(commands).Where(table => table.StartsWith(Prefix, StringComparison.Ordinal)).ToList();
        guards.ForEach(table => Delete(commands, table));
        return guards;
    }

    private string Script() =>
        $$"""
        add table inet {{_table}}
        delete table inet {{_table}}
        table inet {{_table}} {
          set ports {
            type inet_service; flags interval, timeout
            elements = { {{ports}} timeout {{Lasts.TotalSeconds:0}}s }
          }
          chain prerouting {
            type filter hook prerouting priority raw - 10; policy accept;
            iifname { {{string.Join(", ", uplinks.Select(uplink => $"\"{uplink}\""))}} } fib daddr type local meta l4proto { tcp, udp } th dport @ports counter drop
          }
          chain tracking {
            type filter hook prerouting priority mangle; policy accept;
            ct state established counter
          }
        }

        """;

    private static IEnumerable<string> TablesIn(CommandRunner commands)
    {
        if (!commands.Has("nft")) return [];
        const string Head = "table inet ";
        return commands.Try(null, "nft", "list", "tables").Output.Split('\n')
            .Where(line => line.StartsWith(Head, StringComparison.Ordinal) && line.EndsWith(Suffix, StringComparison.Ordinal))
            .Select(line => line[Head.Length..]);
    }

    private static void Delete(CommandRunner commands, string table) => commands.Try(null, "nft", "delete", "table", "inet", table);
}
