using System.Buffers.Binary;
using UdpTun.Transport.Secure.Primitives;

namespace UdpTun.Transport.Secure.Messages;

/// <summary>Message 3 (WireGuard paper, section 5.4.7): a cookie, encrypted for whoever sent the message with that mac1.</summary>
internal static class CookieReply
{
    public static void Write(MacKeys responder, uint receiver, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> mac1, ReadOnlySpan<byte> cookie,
        Span<byte> reply)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(reply, (uint)MessageType.CookieReply);
        BinaryPrimitives.WriteUInt32LittleEndian(reply[MessageLayout.CookieReceiverOffset..], receiver);
        nonce.CopyTo(reply[MessageLayout.CookieNonceOffset..]);
        var output = reply[MessageLayout.CookieOffset..MessageLayout.CookieReplyBytes];
        XChaCha20Poly1305.Seal(responder.CookieKey, nonce, mac1, cookie, output);
    }

    public static uint Receiver(ReadOnlySpan<byte> reply) =>
        BinaryPrimitives.ReadUInt32LittleEndian(reply[MessageLayout.CookieReceiverOffset..]);

    /// <summary>False when the reply does not answer the message whose mac1 this is, or is not the responder's.</summary>
    public static bool TryRead(ReadOnlySpan<byte> reply, MacKeys responder, ReadOnlySpan<byte> mac1, Span<byte> cookie)
    {
        var nonce = reply.Slice(MessageLayout.CookieNonceOffset, MessageLayout.CookieNonceBytes);
        return XChaCha20Poly1305.TryOpen(responder.CookieKey, nonce, mac1, reply[MessageLayout.CookieOffset..], cookie);
    }
}
