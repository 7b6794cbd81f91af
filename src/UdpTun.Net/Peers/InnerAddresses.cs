using System.Buffers.Binary;
using UdpTun.Net.Flows;

namespace UdpTun.Net.Peers;

/// <summary>Which addresses of the tunnel's own ranges nobody has yet.</summary>
public static class InnerAddresses
{
    private const int V4Bits = 32, V6Bits = 128;

    // The network's own address, and the first host's, which by custom is the gateway's.
    private const int FirstHost = 2;

    /// <summary>The lowest free host of a range, or null where all are taken.</summary>
    /// <param name="range">Whose hosts are given out.</param>
    /// <param name="taken">Ranges, single addresses among them, that somebody has.</param>
    public static InetAddress? FirstFree(InetPrefix range, IEnumerable<InetPrefix> taken)
    {
        var (first, last) = Span(range);
        // The last address of an IPv4 network is its broadcast (RFC 919).
        if (range.Address.IsV4 && last > first) last--;
        var spans = taken.Where(other => other.Address.IsV4 == range.Address.IsV4).Select(Span).OrderBy(span => span.First);
        var candidate = first + FirstHost;
        foreach (var (from, to) in spans)
        {
            if (from > candidate) break;
            if (to >= candidate) candidate = to + 1;
        }

        return candidate <= last && candidate > first ? Address(candidate) : null;
    }

    private static (UInt128 First, UInt128 Last) Span(InetPrefix prefix)
    {
        var first = Number(prefix.ToNetwork().Address);
        var free = (prefix.Address.IsV4 ? V4Bits : V6Bits) - prefix.Length;
        return (first, first + (free == V6Bits ? UInt128.MaxValue : (UInt128.One << free) - 1));
    }

    private static UInt128 Number(InetAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.WriteMappedTo(bytes);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    private static InetAddress Address(UInt128 number)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, number);
        return InetAddress.FromBytes(bytes);
    }
}
