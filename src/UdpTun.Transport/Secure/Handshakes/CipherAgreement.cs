using UdpTun.Transport.Secure.PacketCiphers;
using UdpTun.Transport.Secure.Primitives;

namespace UdpTun.Transport.Secure.Handshakes;

/// <summary>
/// How two UdpTun ends agree on AES-256-GCM within WireGuard's handshake (ADR 0030). The initiator marks the time stamp in the bits that tell no
/// time: encrypted and authentic, and to any other end a stamp like all others. The responder says yes by mixing a label into its answer, from which the
/// session's keys come; whoever stands between can neither take the offer away nor answer it, only let the handshake fail.
/// </summary>
internal static class CipherAgreement
{
    private const uint Offer = 0x41_45_53; // below 10,144,256, so that the nanoseconds it ends stay below a second

    private static ReadOnlySpan<byte> Label => "UdpTun AES-256-GCM"u8;

    /// <summary>The mark of our stamps.</summary>
    /// <param name="offers">Whether AES-256-GCM is offered.</param>
    public static uint Mark(bool offers) => offers ? Offer : 0;

    public static bool IsOffered(ReadOnlySpan<byte> stamp) => Tai64N.MarkOf(stamp) == Offer;

    /// <summary>What the answer has mixed in when the session is to have <paramref name="suite"/>; empty: nothing.</summary>
    public static ReadOnlySpan<byte> LabelOf(CipherSuite suite) => suite == CipherSuite.Aes256Gcm ? Label : [];
}
