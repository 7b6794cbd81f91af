using System.Buffers.Binary;
using UdpTun.Transport.Secure.Cookies;
using UdpTun.Transport.Secure.Noise;
using UdpTun.Transport.Secure.Primitives;

namespace UdpTun.Transport.Secure.Messages;

/// <summary>Message 2 (WireGuard paper, section 5.4.3): type, both indices, Noise's second message with nothing in it, macs.</summary>
internal static class Response
{
    /// <summary>Writes the whole message of 92 bytes. False when a key of the initiator's is of low order.</summary>
    /// <param name="noise">Has read the initiation.</param>
    /// <param name="ephemeral">This handshake's key.</param>
    /// <param name="presharedKey">32 bytes.</param>
    /// <param name="label">Says yes to something that the initiation asked for; empty: no.</param>
    /// <param name="sender">The index by which the initiator finds us.</param>
    /// <param name="receiver">The initiator's own.</param>
    /// <param name="cookies">Writes the macs.</param>
    /// <param name="now">Monotonic time, for the cookie's age.</param>
    /// <param name="message">92 bytes.</param>
    public static bool TryWrite(NoiseResponder noise, X25519Key ephemeral, ReadOnlySpan<byte> presharedKey, ReadOnlySpan<byte> label, uint sender, uint receiver,
        CookieJar cookies, TimeSpan now, Span<byte> message)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(message, (uint)MessageType.Response);
        BinaryPrimitives.WriteUInt32LittleEndian(message[MessageLayout.ResponseSenderOffset..], sender);
        BinaryPrimitives.WriteUInt32LittleEndian(message[MessageLayout.ResponseReceiverOffset..], receiver);
        var part = message[MessageLayout.ResponseNoiseOffset..^MessageLayout.MacsBytes];
        if (!noise.TryWriteSecond(ephemeral, presharedKey, label, [], part)) return false;
        cookies.Sign(message, now);
        return true;
    }

    public static uint Sender(ReadOnlySpan<byte> message) =>
        BinaryPrimitives.ReadUInt32LittleEndian(message[MessageLayout.ResponseSenderOffset..]);

    public static uint Receiver(ReadOnlySpan<byte> message) =>
        BinaryPrimitives.ReadUInt32LittleEndian(message[MessageLayout.ResponseReceiverOffset..]);

    /// <summary>What <see cref="NoiseInitiator"/> reads.</summary>
    public static ReadOnlySpan<byte> NoisePart(ReadOnlySpan<byte> message) =>
        message[MessageLayout.ResponseNoiseOffset..^MessageLayout.MacsBytes];
}
