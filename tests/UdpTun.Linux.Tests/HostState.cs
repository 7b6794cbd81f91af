using System.Text.RegularExpressions;
using UdpTun.Linux.HostSetup;

namespace UdpTun.Linux.Tests;

/// <summary>
/// All that a tunnel may change in the calling thread's namespace, as text: equal before and after, or something was left behind.
/// </summary>
internal static partial class HostState
{
    private static readonly string[] Sysctls =
        ["net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding", "net/ipv4/conf/all/src_valid_mark", "net/ipv4/conf/all/rp_filter",
        "net/ipv4/ip_local_reserved_ports",
        "net/ipv4/neigh/up0/proxy_delay", "net/ipv6/neigh/up0/proxy_delay", "net/ipv6/conf/up0/proxy_ndp"]; // up0: the tests' uplink

    /// <summary>The state once it stands still: the kernel adds the routes of a fresh IPv6 address in its own time.</summary>
    public static string Read()
    {
        var state = ReadOnce();
        for (var still = 0; still < 3; still++)
        {
            Thread.Sleep(50);
            var next = ReadOnce();
            if (next != state) still = -1;
            state = next;
        }

        return state;
    }

    private static string ReadOnce()
    {
        string[] parts =
        [
            TestNamespace.Ip("address"),
            TestNamespace.Ip("-4", "route", "show", "table", "all"),
            TestNamespace.Ip("-6", "route", "show", "table", "all"),
            TestNamespace.Ip("-4", "rule"),
            TestNamespace.Ip("-6", "rule"),
            TestNamespace.Ip("-4", "neigh", "show", "proxy"),
            TestNamespace.Ip("-6", "neigh", "show", "proxy"),
            TestNamespace.Nft("list", "ruleset"),
            .. Sysctls.Select(key => $"{key} = {Sysctl.TryRead(key)}"),
        ];
        return Noise().Replace(string.Join("\n", parts), "");
    }

    // Lifetimes and the state of a link change by themselves (a TUN has a carrier while somebody holds it); a link that was up once
    // keeps its queue.
    [GeneratedRegex(@"NO-CARRIER,|,LOWER_UP| linkdown|expires \d+sec|(?<=valid_lft )\d+sec|(?<=preferred_lft )\d+sec| pref medium|(?<=state )\w+|(?<=qdisc )\w+")]
    private static partial Regex Noise();
}
