using System.Buffers.Binary;
using System.Runtime.Intrinsics.X86;
using UdpTun.Transport.Secure.PacketCiphers.IpsecMb;
using UdpTun.Transport.Secure.PacketCiphers.OpenSsl;
using Arm = System.Runtime.Intrinsics.Arm;

namespace UdpTun.Transport.Secure.PacketCiphers;

/// <summary>Chooses what encrypts packets: Intel's library where it is installed, OpenSSL called directly where that is present, else .NET's class.</summary>
public static class PacketCipher
{
    internal const int KeyBytes = 32, NonceBytes = 12, TagBytes = 16; // of both suites

    private const int CounterOffset = 4;

    /// <summary>The library that it chose, for the log.</summary>
    public static string Library => LibIpsecMb.IsPresent ? "libIPSec_MB" : Libcrypto.IsPresent ? "OpenSSL" : ".NET";

    /// <summary>Whether this processor has instructions for AES-GCM; without them it is slower than ChaCha20, or tells its key by its timing.</summary>
    public static bool HasAes => (Aes.IsSupported && Pclmulqdq.IsSupported) || Arm.Aes.IsSupported;

    /// <summary>The suite as its standard spells it.</summary>
    public static string NameOf(CipherSuite suite) => suite == CipherSuite.Aes256Gcm ? "AES-256-GCM" : "ChaCha20-Poly1305";

    internal static IPacketCipher ForSealing(CipherSuite suite, ReadOnlySpan<byte> key) => For(suite, key, seals: true);

    internal static IPacketCipher ForOpening(CipherSuite suite, ReadOnlySpan<byte> key) => For(suite, key, seals: false);

    /// <summary>
    /// Four zero bytes and the counter, in the byte order that Noise has for the suite (revision 34, section 12.3 and 12.4).
    /// </summary>
    internal static void WriteNonce(CipherSuite suite, ulong counter, Span<byte> nonce)
    {
        nonce[..CounterOffset].Clear();
        if (suite == CipherSuite.Aes256Gcm) BinaryPrimitives.WriteUInt64BigEndian(nonce[CounterOffset..], counter);
        else BinaryPrimitives.WriteUInt64LittleEndian(nonce[CounterOffset..], counter);
    }

    private static IPacketCipher For(CipherSuite suite, ReadOnlySpan<byte> key, bool seals) =>
        LibIpsecMb.IsPresent ? new IpsecMbPacketCipher(suite, key, seals)
        : Libcrypto.IsPresent ? new EvpPacketCipher(suite, key, seals)
        : new DotNetPacketCipher(suite, key);
}
