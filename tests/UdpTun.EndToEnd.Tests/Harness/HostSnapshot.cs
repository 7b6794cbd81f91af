namespace UdpTun.EndToEnd.Tests.Harness;

/// <summary>All that UdpTun may change on a host, as text: what is equal before and after was left as it was found.</summary>
internal static class HostSnapshot
{
    // nft -s leaves the counters out; /proc/sys/net shows the values of the reader's own namespace.
    private const string Script =
        """
        echo '# links';          ip -o link
        echo '# addresses';      ip -o addr
        echo '# routes';         ip route show table all; ip -6 route show table all
        echo '# rules';          ip rule; ip -6 rule
        echo '# firewall';       nft -s list ruleset
        echo '# kernel values';  cd /proc/sys/net && grep -sr . ipv4/ip_forward ipv4/ip_local_reserved_ports ipv4/conf ipv6/conf | grep -v stable_secret | sort
        """;

    internal static string Take(NetworkNamespace host) => host.Run("sh", "-c", Script);
}
