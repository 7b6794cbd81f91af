using System.Buffers.Binary;

namespace UdpTun.Transport.Secure.Messages;

/// <summary>Tells a datagram's type by its first bytes and its length; nothing behind it has to check a length again.</summary>
internal static class MessageTypes
{
    public static MessageType Of(ReadOnlySpan<byte> datagram)
    {
        if (datagram.Length < MessageLayout.TypeBytes) return MessageType.Unknown;
        var type = (MessageType)BinaryPrimitives.ReadUInt32LittleEndian(datagram);
        return type switch
        {
            MessageType.Initiation when datagram.Length == MessageLayout.InitiationBytes => type,
            MessageType.Response when datagram.Length == MessageLayout.ResponseBytes => type,
            MessageType.CookieReply when datagram.Length == MessageLayout.CookieReplyBytes => type,
            MessageType.Data when datagram.Length >= MessageLayout.DataMinBytes => type,
            _ => MessageType.Unknown,
        };
    }
}
