using UdpTun.Net.Flows;

namespace UdpTun.Linux.HostSetup;

/// <summary>The network of a device's address.</summary>
internal static class Networks
{
    /// <summary>The prefix with its host bits cleared: 192.168.61.1/24 becomes 192.168.61.0/24.</summary>
    public static InetPrefix Network(this InetPrefix prefix)
    {
        Span<byte> bytes = stackalloc byte[16];
        prefix.Address.WriteTo(bytes);
        bytes = bytes[..(prefix.Address.IsV4 ? 4 : 16)];
        for (var bit = prefix.Length; bit < bytes.Length * 8; bit++) bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        return new InetPrefix(InetAddress.FromBytes(bytes), prefix.Length);
    }
}
