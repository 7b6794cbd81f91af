// Stage: before the NAT opens a session. Thread: any; one array is swapped for another. Memory: nothing allocated.
using System.Buffers.Binary;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;

namespace UdpTun.Net.Admission;

/// <summary>
/// Where clients may send to. An exit lends its place in the network, so by default it lends the internet only: what the server can
/// reach privately (itself, its link with the cloud's metadata service, its site) stays closed. Public and documentation ranges pass.
/// </summary>
/// <param name="allowed">Ranges that are open whatever they hold, the server's own addresses included.</param>
/// <param name="own">The server's own addresses, closed unless allowed.</param>
public sealed class DestinationPolicy(IReadOnlyList<InetPrefix> allowed, IReadOnlyList<InetAddress> own)
{
    private static readonly InetPrefix[] Closed =
    [
        .. new[]
        {
            "0.0.0.0/8", "127.0.0.0/8", // this host (RFC 1122 section 3.2.1.3)
            "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", // RFC 1918
            "100.64.0.0/10", // RFC 6598: a provider's inner network, and here and there its metadata service
            "169.254.0.0/16", // RFC 3927; the metadata service at 169.254.169.254
            "224.0.0.0/4", "240.0.0.0/4", // multicast, reserved, broadcast
            "::/96", // unspecified, loopback, and the IPv4-compatible form that RFC 4291 section 2.5.5.1 gave up
            "fc00::/7", // RFC 4193: unique local
            "fe80::/10", "fec0::/10", // link-local, and site-local of old (RFC 3879)
            "ff00::/8", // multicast
            "5f00::/16", // RFC 9602: segment identifiers, which are a site's own instructions to its routers
            "64:ff9b:1::/48", // RFC 8215: NAT64 of the site's own, whose embedded address may lie anywhere in the prefix
        }.Select(InetPrefix.Parse),
    ];

    // An IPv6 address may stand for an IPv4 one that a translator or a relay on the way will unpack.
    private static readonly InetPrefix Nat64 = InetPrefix.Parse("64:ff9b::/96"); // RFC 6052 section 2.1: the last 32 bits
    private static readonly InetPrefix Translated = InetPrefix.Parse("::ffff:0:0:0/96"); // RFC 2765 section 2.1: the last 32 bits
    private static readonly InetPrefix SixToFour = InetPrefix.Parse("2002::/16"); // RFC 3056 section 2: the 32 bits behind the prefix
    private static readonly InetPrefix Teredo = InetPrefix.Parse("2001::/32"); // RFC 4380 section 4: the last 32 bits, each inverted

    private volatile InetPrefix[] _allowed = [.. allowed];
    private readonly InetAddress[] _own = [.. own];

    /// <summary>Opens these ranges from now on instead of those before; flows that there are go on.</summary>
    public void Allow(IReadOnlyList<InetPrefix> allowed) => _allowed = [.. allowed];

    /// <summary>Looks at the destination alone.</summary>
    /// <returns>None or ForbiddenDestination.</returns>
    public DropReason Check(in FlowKey key)
    {
        var address = key.Destination.Address;
        if (Holds(_allowed, address)) return DropReason.None;
        return IsClosed(address) || IsClosed(Embedded(address)) ? DropReason.ForbiddenDestination : DropReason.None;
    }

    /// <summary>The IPv4 address inside the address, or the address itself.</summary>
    private static InetAddress Embedded(InetAddress address)
    {
        if (address.IsV4) return address;
        Span<byte> bytes = stackalloc byte[16];
        address.WriteMappedTo(bytes);
        var last = BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]);
        if (Nat64.Contains(address) || Translated.Contains(address)) return InetAddress.FromV4(last);
        if (Teredo.Contains(address)) return InetAddress.FromV4(~last);
        return SixToFour.Contains(address) ? InetAddress.FromBytes(bytes.Slice(2, 4)) : address;
    }

    private bool IsClosed(InetAddress address) => Array.IndexOf(_own, address) >= 0 || Holds(Closed, address);

    private static bool Holds(InetPrefix[] prefixes, InetAddress address)
    {
        foreach (var prefix in prefixes)
            if (prefix.Contains(address)) return true;
        return false;
    }
}
