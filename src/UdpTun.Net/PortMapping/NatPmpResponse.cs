using System.Buffers.Binary;
using UdpTun.Net.Flows;

namespace UdpTun.Net.PortMapping;

/// <summary>What the gateway answers (RFC 6886 sections 3.2 to 3.5).</summary>
/// <param name="Request">What it answers.</param>
/// <param name="Result">How it ended.</param>
/// <param name="Epoch">Seconds since the gateway last lost a mapping.</param>
/// <param name="External">The external address, of a successful request for it.</param>
/// <param name="OuterPort">Of a mapping that there is now; else 0.</param>
/// <param name="Lifetime">Seconds that the mapping is kept from now on; 0 when it is not.</param>
public readonly record struct NatPmpResponse(
    NatPmpRequest Request, NatPmpResult Result, uint Epoch, InetAddress? External = null, ushort OuterPort = 0, uint Lifetime = 0)
{
    /// <summary>Bytes that a response takes at most.</summary>
    public const int MaxLength = 16;

    private const int HeadLength = 8;
    private const int AddressLength = 12;
    private const byte ResponseBit = 128;

    /// <summary>Writes it to a span of at least <see cref="MaxLength"/> bytes and returns its length.</summary>
    public int Write(Span<byte> datagram)
    {
        datagram[..MaxLength].Clear();
        datagram[1] = (byte)(Request.Opcode | ResponseBit);
        BinaryPrimitives.WriteUInt16BigEndian(datagram[2..], (ushort)Result);
        BinaryPrimitives.WriteUInt32BigEndian(datagram[4..], Epoch);
        if (Result is NatPmpResult.UnsupportedVersion or NatPmpResult.UnsupportedOpcode) return HeadLength;
        if (!Request.IsMap)
        {
            External?.WriteTo(datagram[HeadLength..]);
            return AddressLength;
        }

        BinaryPrimitives.WriteUInt16BigEndian(datagram[8..], Request.InnerPort);
        BinaryPrimitives.WriteUInt16BigEndian(datagram[10..], OuterPort);
        BinaryPrimitives.WriteUInt32BigEndian(datagram[12..], Lifetime);
        return MaxLength;
    }
}
