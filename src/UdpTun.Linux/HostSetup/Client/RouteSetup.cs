using System.Text;
using UdpTun.Net.Flows;
using UdpTun.Net.Io;

namespace UdpTun.Linux.HostSetup;

/// <summary>
/// Policy routing for routes that cover the tunnel's own server, as wg-quick(8) does it for the default route: the routes stand in a table of
/// their own; packets without the tunnel's mark look there, after the main table was asked for anything better. Each route is backed by one that refuses, so while the TUN is gone packets are refused and do not leak out beside it.
/// </summary>
internal sealed class RouteSetup(HostJournal journal)
{
    private const uint FirstTable = 9877;
    private const uint Tables = 100;
    private const string WorstMetric = "4294967295";
    private const string SourceValidMark = "net/ipv4/conf/all/src_valid_mark";

    /// <summary>
    /// Makes the table and its rules; the routes through the TUN come when it is open. Returns the table, whose number is the mark too.
    /// </summary>
    public uint LeadAround(IReadOnlyList<InetPrefix> routes, IReadOnlyList<InetPrefix> addresses)
    {
        var table = Claim(routes[0]);
        foreach (var route in routes.Skip(1)) journal.Make(Refusal(route, table));
        // Answers of the server carry its mark again when the reverse path is checked, see the table below.
        if (routes.Any(route => route.Address.IsV4)) journal.SetSysctl(SourceValidMark, "1");
        journal.Make(MarkRules(journal.Device, table, addresses));
        // The rule made last is asked first. ('not' turns a whole rule round, so the destination has no place in that one.)
        foreach (var family in routes.Select(Family).Distinct()) Rule(family, "not", "fwmark", $"{table}", "table", $"{table}");
        foreach (var route in routes.OrderBy(route => route.Length))
        {
            string[] destination = route.Length == 0 ? [] : ["to", $"{route}"];
            Rule(Family(route), [.. destination, "table", "main", "suppress_prefixlength", $"{route.Length}"]);
        }

        return table;
    }

    private static string Family(InetPrefix route) => route.Address.IsV4 ? "-4" : "-6";

    private static CommandChange Refusal(InetPrefix route, uint table)
    {
        string[] path = ["unreachable", $"{route}", "metric", WorstMetric, "table", $"{table}"];
        return new CommandChange(["ip", Family(route), "route", "add", .. path], ["ip", Family(route), "route", "del", .. path]);
    }

    /// <summary>
    /// Packets of the tunnel get their mark back when the answer comes, so that a strict reverse path check (rp_filter = 1) looks up
    /// the way that the tunnel's datagrams go; and nobody on the uplink's network can address the TUN's own addresses from outside.
    /// </summary>
    private static CommandChange MarkRules(string device, uint mark, IReadOnlyList<InetPrefix> addresses)
    {
        var rules = new StringBuilder();
        rules.AppendLine("chain preraw {");
        rules.AppendLine("  type filter hook prerouting priority raw; policy accept;");
        foreach (var address in addresses.Select(prefix => prefix.Address))
            rules.AppendLine($"  iifname != {{ \"{device}\", \"lo\" }} {(address.IsV4 ? "ip" : "ip6")} daddr {address} counter drop");
        rules.AppendLine("}");
        rules.AppendLine("chain premangle {");
        rules.AppendLine("  type filter hook prerouting priority mangle; policy accept;");
        rules.AppendLine($"  meta l4proto udp ct mark {mark} meta mark set ct mark");
        rules.AppendLine("}");
        rules.AppendLine("chain postmangle {");
        rules.AppendLine("  type filter hook postrouting priority mangle; policy accept;");
        rules.AppendLine($"  meta l4proto udp meta mark {mark} ct mark set meta mark");
        rules.AppendLine("}");
        return NftTable.Change(device, rules.ToString());
    }

    /// <summary>Takes the first table that nobody uses. The kernel adds a route only once, so two instances cannot take the same.</summary>
    private uint Claim(InetPrefix route)
    {
        for (var table = FirstTable; table < FirstTable + Tables; table++)
        {
            if (!IsFree(table)) continue;
            journal.Make(Refusal(route, table));
            return table;
        }

        throw new DeviceUnavailableException(
            $"the routing tables {FirstTable} to {FirstTable + Tables - 1} are all in use (ip rule shows by whom; udptun cleanup removes what crashes left)");
    }

    private bool IsFree(uint table)
    {
        foreach (var family in (string[])["-4", "-6"])
        {
            // A table without a route does not exist, which ip reports as an error.
            var routes = journal.Commands.Try(null, "ip", family, "route", "show", "table", $"{table}");
            if (routes.Succeeded && !string.IsNullOrWhiteSpace(routes.Output)) return false;
            if (journal.Commands.Run("ip", family, "rule", "show").Contains($"lookup {table}")) return false;
        }

        return true;
    }

    private void Rule(string family, params string[] rule) =>
        journal.Make(new CommandChange(["ip", family, "rule", "add", .. rule], ["ip", family, "rule", "del", .. rule]));
}
