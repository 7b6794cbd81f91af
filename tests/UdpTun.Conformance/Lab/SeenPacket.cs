using System.Buffers.Binary;
using System.Net;

namespace UdpTun.Conformance.Lab;

/// <summary>A packet as it passed a wire, read by code of its own: nothing here calls the program's parser.</summary>
internal sealed record SeenPacket(byte[] Bytes, TimeSpan At)
{
    internal const int ShortestLength = 20;

    private const int V6HeaderLength = 40;

    internal const byte Icmp = 1;
    internal const byte Tcp = 6;
    internal const byte Udp = 17;
    internal const byte IcmpV6 = 58;

    internal bool IsV6 => Bytes[0] >> 4 == 6;

    internal byte Protocol => IsV6 ? Bytes[6] : Bytes[9];

    internal byte TimeToLive => IsV6 ? Bytes[7] : Bytes[8];

    /// <summary>Type of service or traffic class: six bits of DS, two of ECN.</summary>
    internal byte TrafficClass => IsV6 ? (byte)((Bytes[0] << 4) | (Bytes[1] >> 4)) : Bytes[1];

    internal ushort Identification => Word(4);

    internal bool DontFragment => (Bytes[6] & 0x40) != 0;

    internal bool MoreFragments => !IsV6 && (Bytes[6] & 0x20) != 0;

    internal int FragmentOffset => IsV6 ? 0 : (Word(6) & 0x1FFF) * 8;

    internal bool IsFragment => MoreFragments || FragmentOffset > 0;

    internal IPAddress Source => IsV6 ? new(Bytes.AsSpan(8, 16)) : new(Bytes.AsSpan(12, 4));

    internal IPAddress Destination => IsV6 ? new(Bytes.AsSpan(24, 16)) : new(Bytes.AsSpan(16, 4));

    /// <summary>What follows the IP header.</summary>
    internal ReadOnlySpan<byte> Body => Bytes.AsSpan(IsV6 ? V6HeaderLength : (Bytes[0] & 0x0F) * 4);

    internal IPEndPoint From => new(Source, HasPorts ? Field(0) : 0);

    internal IPEndPoint To => new(Destination, HasPorts ? Field(2) : 0);

    internal byte TcpFlags => Body[13];

    internal byte IcmpType => Body[0];

    internal byte IcmpCode => Body[1];

    /// <summary>Echo messages.</summary>
    internal ushort IcmpIdentifier => Field(4);

    /// <summary>Of an ICMP "fragmentation needed" (RFC 1191) or "packet too big" (RFC 4443).</summary>
    internal int NextHopMtu => Field(6);

    /// <summary>The packet that an ICMP error quotes.</summary>
    internal SeenPacket Quoted => new(Body[8..].ToArray(), At);

    internal bool IsIcmp(byte type, byte? code = null) =>
        Protocol is Icmp or IcmpV6 && FragmentOffset == 0 && IcmpType == type && (code is null || IcmpCode == code);

    internal bool IsUdpTo(IPEndPoint remote) => Protocol == Udp && To.Equals(remote);

    /// <summary>A header and a port pair are all that fragments and quotes may show.</summary>
    private bool HasPorts => Protocol is Tcp or Udp && FragmentOffset == 0 && Body.Length >= 4;

    public override string ToString() => Protocol switch
    {
        Tcp => $"TCP {From} > {To}",
        Udp => $"UDP {From} > {To}",
        _ when IsIcmp(8) || IsIcmp(0) => $"ICMP {IcmpType} id {IcmpIdentifier} {Source} > {Destination}",
        _ => $"ICMP {IcmpType}/{IcmpCode} {Source} > {Destination}",
    };

    private ushort Word(int offset) => BinaryPrimitives.ReadUInt16BigEndian(Bytes.AsSpan(offset));

    private ushort Field(int offset) => BinaryPrimitives.ReadUInt16BigEndian(Body[offset..]);
}
