using System.Buffers.Binary;
using UdpTun.Net.Flows;

namespace UdpTun.Net.Stun;

/// <summary>
/// The little of STUN that tells how a NAT treats us: binding requests (RFC 8489) that may ask to be answered from elsewhere (RFC 5780).
/// </summary>
public static class StunMessage
{
    /// <summary>Bytes of the transaction identifier.</summary>
    public const int IdBytes = 12;

    private const ushort BindingRequest = 0x0001;
    private const ushort BindingSuccess = 0x0101;
    private const uint MagicCookie = 0x2112A442;
    private const int HeaderBytes = 20;

    // Attributes of RFC 8489 section 14 and RFC 5780 section 7.
    private const ushort MappedAddress = 0x0001;
    private const ushort ChangeRequest = 0x0003;
    private const ushort XorMappedAddress = 0x0020;
    private const ushort OtherAddress = 0x802C;

    /// <summary>A binding request.</summary>
    /// <param name="id">12 random bytes.</param>
    /// <param name="changeAddress">Ask to be answered from the server's other address.</param>
    /// <param name="changePort">Ask to be answered from the server's other port.</param>
    public static byte[] Request(ReadOnlySpan<byte> id, bool changeAddress = false, bool changePort = false)
    {
        var changes = changeAddress || changePort;
        var message = new byte[HeaderBytes + (changes ? 8 : 0)];
        BinaryPrimitives.WriteUInt16BigEndian(message, BindingRequest);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), (ushort)(message.Length - HeaderBytes));
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(4), MagicCookie);
        id[..IdBytes].CopyTo(message.AsSpan(8));
        if (!changes) return message;
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(20), ChangeRequest);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(22), 4);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(24), (changeAddress ? 4u : 0) | (changePort ? 2u : 0));
        return message;
    }

    /// <summary>Reads the success response to a request.</summary>
    /// <param name="message">A datagram.</param>
    /// <param name="id">The request's identifier.</param>
    /// <param name="mapped">Whom the server sees us as.</param>
    /// <param name="other">The server's other address and port; null: it has none.</param>
    public static bool TryReadResponse(ReadOnlySpan<byte> message, ReadOnlySpan<byte> id, out InetEndpoint mapped, out InetEndpoint? other)
    {
        (mapped, other) = (default, null);
        if (message.Length < HeaderBytes || BinaryPrimitives.ReadUInt16BigEndian(message) != BindingSuccess) return false;
        if (BinaryPrimitives.ReadUInt32BigEndian(message[4..]) != MagicCookie || !message.Slice(8, IdBytes).SequenceEqual(id)) return false;
        var length = BinaryPrimitives.ReadUInt16BigEndian(message[2..]);
        if (HeaderBytes + length > message.Length) return false;
        var isMapped = false;
        for (var rest = message.Slice(HeaderBytes, length); rest.Length >= 4;)
        {
            var (type, size) = (BinaryPrimitives.ReadUInt16BigEndian(rest), BinaryPrimitives.ReadUInt16BigEndian(rest[2..]));
            if (4 + size > rest.Length) return false;
            var value = rest.Slice(4, size);
            if (type == XorMappedAddress && TryReadAddress(value, message.Slice(4, 16), out var address)) (mapped, isMapped) = (address, true);
            else if (type == MappedAddress && !isMapped && TryReadAddress(value, default, out address)) (mapped, isMapped) = (address, true);
            else if (type == OtherAddress && TryReadAddress(value, default, out address)) other = address;
            rest = rest[Math.Min(rest.Length, 4 + ((size + 3) & ~3))..];
        }

        return isMapped;
    }

    private static bool TryReadAddress(ReadOnlySpan<byte> value, ReadOnlySpan<byte> mask, out InetEndpoint endpoint)
    {
        endpoint = default;
        var length = value.Length switch { 8 => 4, 20 => 16, _ => 0 };
        if (length == 0 || value[1] != (length == 4 ? 1 : 2)) return false;
        Span<byte> plain = stackalloc byte[2 + length];
        value[2..].CopyTo(plain);
        if (!mask.IsEmpty)
        {
            plain[0] ^= mask[0];
            plain[1] ^= mask[1];
            for (var i = 0; i < length; i++) plain[2 + i] ^= mask[i];
        }

        endpoint = new InetEndpoint(InetAddress.FromBytes(plain[2..]), BinaryPrimitives.ReadUInt16BigEndian(plain));
        return true;
    }
}
