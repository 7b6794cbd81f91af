using System.Buffers.Binary;
using UdpTun.Net.Flows;

namespace UdpTun.Net.PortMapping;

/// <summary>What a client asks its gateway for (RFC 6886 sections 3.2 to 3.4).</summary>
/// <param name="Version">Of the protocol; only 0 is NAT-PMP, and then alone do the other fields mean anything.</param>
/// <param name="Opcode">0..127, not always a known one.</param>
/// <param name="InnerPort">Of a mapping; 0 with lifetime 0: of all.</param>
/// <param name="SuggestedPort">The outer port that the client would rather have; 0: any.</param>
/// <param name="Lifetime">Seconds; 0 ends the mapping.</param>
public readonly record struct NatPmpRequest(byte Version, byte Opcode, ushort InnerPort, ushort SuggestedPort, uint Lifetime)
{
    public const byte ExternalAddress = 0;
    public const byte MapUdp = 1;
    public const byte MapTcp = 2;

    private const int HeadLength = 2;
    private const int MapLength = 12;
    private const byte ResponseBit = 128;

    /// <summary>Whether it is about a mapping.</summary>
    public bool IsMap => Opcode is MapUdp or MapTcp;

    /// <summary>Of the mapping that it is about.</summary>
    public IpProtocol Protocol => Opcode == MapUdp ? IpProtocol.Udp : IpProtocol.Tcp;

    /// <summary>False for what is no request: too short, or a response.</summary>
    public static bool TryParse(ReadOnlySpan<byte> datagram, out NatPmpRequest request)
    {
        request = default;
        if (datagram.Length < HeadLength || datagram[1] >= ResponseBit) return false;
        request = new NatPmpRequest(datagram[0], datagram[1], 0, 0, 0);
        if (request.Version != 0 || !request.IsMap) return true;
        if (datagram.Length < MapLength) return false;
        request = request with
        {
            InnerPort = BinaryPrimitives.ReadUInt16BigEndian(datagram[4..]),
            SuggestedPort = BinaryPrimitives.ReadUInt16BigEndian(datagram[6..]),
            Lifetime = BinaryPrimitives.ReadUInt32BigEndian(datagram[8..]),
        };
        return true;
    }
}
