using System.Globalization;
using System.Text;
using UdpTun.Net.Nat;

namespace UdpTun.Linux.HostSetup;

/// <summary>
/// The connection tracking's timers beside our NAT's. An entry that the kernel forgets first makes it drop the answer to a session
/// that we still hold. nft's "ct timeout" objects concern our traffic alone; nft has them for UDP and TCP, not for ICMP.
/// </summary>
internal static class KernelTimers
{
    private const string Section = "net/netfilter/nf_conntrack_";
    private const string Icmp = "icmp", IcmpV6 = "icmpv6";

    private const string Chain = "timeouts";

    /// <summary>The objects and the chain that gives them to the packets of <paramref name="device"/>, for a table of ours.</summary>
    public static string Rules(string device, IReadOnlyList<InsideFamily> families, NatTimeouts timeouts)
    {
        var (objects, rules) = Write(device, families, timeouts, "");
        return $"{objects}chain {Chain} {{\n  type filter hook forward priority filter; policy accept;\n{rules}}}\n";
    }

    /// <summary>
    /// The script that gives other timers to flows from now on. The kernel changes no object and takes none away that a flow has, so there are new
    /// ones; the old ones go with the table.
    /// </summary>
    /// <param name="table">The table's name.</param>
    /// <param name="device">The TUN.</param>
    /// <param name="families">What leaves by which uplink.</param>
    /// <param name="timeouts">Ours.</param>
    /// <param name="generation">Tells the objects from those before, 1 or more.</param>
    public static string Renewal(string table, string device, IReadOnlyList<InsideFamily> families, NatTimeouts timeouts, int generation)
    {
        var (objects, rules) = Write(device, families, timeouts, $"_{generation}");
        return $"table inet {table} {{\n{objects}}}\nflush chain inet {table} {Chain}\ntable inet {table} {{\nchain {Chain} {{\n{rules}}}\n}}\n";
    }

    private static (string Objects, string Rules) Write(
        string device, IReadOnlyList<InsideFamily> families, NatTimeouts timeouts, string suffix)
    {
        var (objects, rules) = (new StringBuilder(), new StringBuilder());
        foreach (var header in families.Select(family => family.Header).Distinct())
        {
            foreach (var protocol in (string[])["udp", "tcp"])
            {
                var policy = Timers(timeouts).Where(timer => timer.Protocol == protocol).Select(timer => $"{timer.State} : {timer.Longer()}");
                objects.AppendLine($"ct timeout {protocol}_{header}{suffix} {{");
                objects.AppendLine($"  protocol {protocol}");
                objects.AppendLine($"  l3proto {header}");
                objects.AppendLine($"  policy = {{ {string.Join(", ", policy)} }}");
                objects.AppendLine("}");
                // A flow begins on either side; the kernel heeds this before the entry is confirmed, later it does nothing.
                foreach (var side in (string[])["iifname", "oifname"])
                {
                    rules.AppendLine(
                        $"  {side} \"{device}\" meta nfproto {(header == "ip" ? "ipv4" : "ipv6")} meta l4proto {protocol} ct timeout set \"{protocol}_{header}{suffix}\"");
                }
            }
        }

        return (objects.ToString(), rules.ToString());
    }

    /// <summary>
    /// One sentence naming every timer of the kernel that is shorter than ours, with the remedy; null when there is none.
    /// </summary>
    /// <param name="timeouts">Ours.</param>
    /// <param name="raised">Whether <see cref="Rules"/> are in force: then ICMP alone is left to the kernel's timer.</param>
    /// <param name="hasV6">Whether IPv6 is translated.</param>
    public static string? Shortfall(NatTimeouts timeouts, bool raised, bool hasV6)
    {
        var shorter = Timers(timeouts)
            .Where(timer => (!raised || timer.IsIcmp) && (hasV6 || timer.Protocol != IcmpV6) && timer.Kernel < timer.Ours)
            .ToList();
        if (shorter.Count == 0) return null;
        var differences = shorter.Select(timer => $"{timer.Title} is {timer.Kernel} s, ours {timer.Ours} s");
        var settings = shorter.Select(timer => $"{timer.Title}={timer.Ours}");
        return "the kernel forgets idle flows before our NAT does and drops answers that come later: "
            + $"{string.Join("; ", differences)}. Remedy: sysctl -w {string.Join(' ', settings)}";
    }

    private static IEnumerable<Timer> Timers(NatTimeouts timeouts) =>
    [
        new("udp", "unreplied", "udp_timeout", timeouts.Udp),
        new("udp", "replied", "udp_timeout_stream", timeouts.Udp),
        new("tcp", "syn_sent", "tcp_timeout_syn_sent", timeouts.TcpOpening),
        new("tcp", "syn_recv", "tcp_timeout_syn_recv", timeouts.TcpOpening),
        new("tcp", "established", "tcp_timeout_established", timeouts.TcpEstablished),
        new("tcp", "fin_wait", "tcp_timeout_fin_wait", timeouts.TcpClosing),
        new("tcp", "close_wait", "tcp_timeout_close_wait", timeouts.TcpClosing),
        new("tcp", "last_ack", "tcp_timeout_last_ack", timeouts.TcpClosing),
        new("tcp", "time_wait", "tcp_timeout_time_wait", timeouts.TcpClosing),
        new("tcp", "close", "tcp_timeout_close", timeouts.TcpClosing),
        new(Icmp, "", "icmp_timeout", timeouts.Icmp),
        new(IcmpV6, "", "icmpv6_timeout", timeouts.Icmp),
    ];

    /// <summary>One state's timer, ours and the kernel's, in seconds.</summary>
    private sealed record Timer(string Protocol, string State, string Name, TimeSpan Timeout)
    {
        public bool IsIcmp => Protocol is Icmp or IcmpV6;

        public string Title => Key.Replace('/', '.');

        public long Ours => (long)Math.Ceiling(Timeout.TotalSeconds);

        /// <summary>Without the setting there is no tracking yet; it comes with the rules, and its defaults with it.</summary>
        public long Kernel => long.TryParse(Sysctl.TryRead(Key), CultureInfo.InvariantCulture, out var seconds) ? seconds : long.MaxValue;

        private string Key => Section + Name;

        /// <summary>For the policy: we never make the kernel forget sooner than it would.</summary>
        public long Longer() => Kernel == long.MaxValue ? Ours : Math.Max(Ours, Kernel);
    }
}
