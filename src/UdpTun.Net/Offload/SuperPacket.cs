// Stage: what leaves by a device that takes no super-packets. Thread: the loop. Memory: reads the packet, writes headers into the caller's
// span; nothing copied of the payload, nothing allocated.
using System.Buffers.Binary;
using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;

namespace UdpTun.Net.Offload;

/// <summary>
/// A super-packet's header, ready to be written anew for each of its segments (what a network card does for TSO and USO). What does
/// not change from one to the next is summed up once.
/// </summary>
public readonly ref struct SuperPacket
{
    private const TcpFlags OnlyOnFirst = TcpFlags.Cwr; // RFC 3168 section 6.1.2: said once
    private const TcpFlags OnlyOnLast = TcpFlags.Fin | TcpFlags.Psh;

    private readonly ReadOnlySpan<byte> _header;
    private readonly PacketOffload _offload;
    private readonly ushort _ipSum;
    private readonly ushort _transportSum;
    private readonly uint _sequence;
    private readonly ushort _identification;
    private readonly TcpFlags _flags;

    /// <param name="header">The headers of the super-packet, at least <see cref="PacketOffload.HeaderLength"/> bytes.</param>
    /// <param name="offload">Its kind is not None; its header length covers IP and transport header.</param>
    public SuperPacket(ReadOnlySpan<byte> header, in PacketOffload offload)
    {
        _header = header[..offload.HeaderLength];
        _offload = offload;
        var transport = _header[offload.ChecksumStart..];
        Span<byte> constant = stackalloc byte[_header.Length];
        _header.CopyTo(constant);
        if (IsV4)
        {
            _identification = BinaryPrimitives.ReadUInt16BigEndian(_header[IpHeader.V4IdentificationOffset..]);
            constant.Slice(IpHeader.V4TotalLengthOffset, 4).Clear(); // with the identification
            constant.Slice(IpHeader.V4ChecksumOffset, 2).Clear();
            _ipSum = InternetChecksum.Sum(constant[..IpHeader.V4Length]);
        }

        var rest = constant[offload.ChecksumStart..];
        rest.Slice(offload.ChecksumOffset, 2).Clear();
        if (IsTcp)
        {
            _sequence = BinaryPrimitives.ReadUInt32BigEndian(transport[TransportHeader.TcpSequenceOffset..]);
            _flags = (TcpFlags)transport[TransportHeader.TcpFlagsOffset];
            rest.Slice(TransportHeader.TcpSequenceOffset, 4).Clear();
            rest[TransportHeader.TcpFlagsOffset] = 0;
        }
        else
        {
            rest.Slice(TransportHeader.UdpLengthOffset, 2).Clear();
        }

        IpHeader.TryLocate(_header, out var ip);
        var pseudo = InternetChecksum.PseudoHeaderSum(ip.Source, ip.Destination, IsTcp ? IpProtocol.Tcp : IpProtocol.Udp, 0);
        _transportSum = InternetChecksum.Add(InternetChecksum.Sum(rest), pseudo);
    }

    private bool IsV4 => IpHeader.IsVersion4(_header);

    private bool IsTcp => _offload.Kind is SegmentKind.TcpV4 or SegmentKind.TcpV6;

    /// <summary>Writes the finished header of one segment.</summary>
    /// <param name="index">Which segment, from 0.</param>
    /// <param name="offset">Payload bytes of all segments before it.</param>
    /// <param name="payload">Its payload, for the checksum.</param>
    /// <param name="isLast">Whether no other follows.</param>
    /// <param name="header">At least <see cref="PacketOffload.HeaderLength"/> bytes; that many are written.</param>
    public void WriteHeader(int index, int offset, ReadOnlySpan<byte> payload, bool isLast, Span<byte> header)
    {
        _header.CopyTo(header);
        var length = _header.Length + payload.Length;
        if (IsV4) WriteV4(header, (ushort)length, (ushort)(_identification + index));
        else BinaryPrimitives.WriteUInt16BigEndian(header[IpHeader.V6PayloadLengthOffset..], (ushort)(length - IpHeader.V6Length));

        var transport = header[_offload.ChecksumStart.._header.Length];
        var transportLength = (ushort)(length - _offload.ChecksumStart);
        var sum = InternetChecksum.Add(_transportSum, InternetChecksum.Add(transportLength, InternetChecksum.Sum(payload)));
        sum = IsTcp ? WriteTcp(transport, index, offset, isLast, sum) : WriteUdp(transport, transportLength, sum);
        var checksum = (ushort)~sum;
        BinaryPrimitives.WriteUInt16BigEndian(
            transport[_offload.ChecksumOffset..], !IsTcp && checksum == 0 ? (ushort)0xFFFF : checksum);
    }

    private void WriteV4(Span<byte> header, ushort length, ushort identification)
    {
        BinaryPrimitives.WriteUInt16BigEndian(header[IpHeader.V4TotalLengthOffset..], length);
        BinaryPrimitives.WriteUInt16BigEndian(header[IpHeader.V4IdentificationOffset..], identification);
        var sum = InternetChecksum.Add(_ipSum, InternetChecksum.Add(length, identification));
        BinaryPrimitives.WriteUInt16BigEndian(header[IpHeader.V4ChecksumOffset..], (ushort)~sum);
    }

    private ushort WriteTcp(Span<byte> tcp, int index, int offset, bool isLast, ushort sum)
    {
        var sequence = _sequence + (uint)offset;
        BinaryPrimitives.WriteUInt32BigEndian(tcp[TransportHeader.TcpSequenceOffset..], sequence);
        var flags = _flags;
        if (index > 0) flags &= ~OnlyOnFirst;
        if (!isLast) flags &= ~OnlyOnLast;
        tcp[TransportHeader.TcpFlagsOffset] = (byte)flags;
        sum = InternetChecksum.Add(sum, InternetChecksum.Add((ushort)(sequence >> 16), (ushort)sequence));
        return InternetChecksum.Add(sum, (ushort)flags);
    }

    private static ushort WriteUdp(Span<byte> udp, ushort length, ushort sum)
    {
        BinaryPrimitives.WriteUInt16BigEndian(udp[TransportHeader.UdpLengthOffset..], length);
        return InternetChecksum.Add(sum, length);
    }
}
