using System.Text.RegularExpressions;

namespace UdpTun.EndToEnd.Tests.Traffic;

/// <summary>Counts the packets of a host that an nft expression matches, from now on.</summary>
internal sealed partial class PacketCount
{
    private static int _made;

    private readonly NetworkNamespace _host;
    private readonly string _table = $"count{Interlocked.Increment(ref _made)}";

    /// <param name="host">Where to look.</param>
    /// <param name="hook">prerouting, input, forward, output or postrouting.</param>
    /// <param name="matches">What is counted, in nft's words.</param>
    internal PacketCount(NetworkNamespace host, string hook, string matches)
    {
        _host = host;
        host.Run("nft", $"add table inet {_table}; add counter inet {_table} seen; "
            + $"add chain inet {_table} look {{ type filter hook {hook} priority 0; }}; add rule inet {_table} look {matches} counter name seen");
    }

    internal int Read() => int.Parse(Packets().Match(_host.Run("nft", "list", "counter", "inet", _table, "seen")).Groups[1].Value);

    [GeneratedRegex(@"packets (\d+)")]
    private static partial Regex Packets();
}
