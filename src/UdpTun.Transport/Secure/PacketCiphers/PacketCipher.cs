namespace UdpTun.Transport.Secure.PacketCiphers;

/// <summary>Chooses what encrypts packets: OpenSSL called directly where it is present, else .NET's class.</summary>
internal static class PacketCipher
{
    public const int KeyBytes = 32, NonceBytes = 12, TagBytes = 16; // RFC 8439 section 2.8
    internal const int CounterOffset = 4;

    public static IPacketCipher ForSealing(ReadOnlySpan<byte> key) =>
        Libcrypto.IsPresent ? new EvpPacketCipher(key, seals: true) : new DotNetPacketCipher(key);

    public static IPacketCipher ForOpening(ReadOnlySpan<byte> key) =>
        Libcrypto.IsPresent ? new EvpPacketCipher(key, seals: false) : new DotNetPacketCipher(key);
}
