using UdpTun.Transport.Secure.PacketCiphers.IpsecMb;
using UdpTun.Transport.Secure.PacketCiphers.OpenSsl;

namespace UdpTun.Transport.Secure.PacketCiphers;

/// <summary>Chooses what encrypts packets: Intel's library where it is installed, OpenSSL called directly where that is present, else .NET's class.</summary>
public static class PacketCipher
{
    internal const int KeyBytes = 32, NonceBytes = 12, TagBytes = 16; // RFC 8439 section 2.8
    internal const int CounterOffset = 4;

    /// <summary>What it chose, for the log.</summary>
    public static string Name => LibIpsecMb.IsPresent ? "libIPSec_MB" : Libcrypto.IsPresent ? "OpenSSL" : ".NET";

    internal static IPacketCipher ForSealing(ReadOnlySpan<byte> key) => For(key, seals: true);

    internal static IPacketCipher ForOpening(ReadOnlySpan<byte> key) => For(key, seals: false);

    private static IPacketCipher For(ReadOnlySpan<byte> key, bool seals) =>
        LibIpsecMb.IsPresent ? new IpsecMbPacketCipher(key, seals)
        : Libcrypto.IsPresent ? new EvpPacketCipher(key, seals)
        : new DotNetPacketCipher(key);
}
