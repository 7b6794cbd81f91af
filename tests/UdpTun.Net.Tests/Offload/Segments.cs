using System.Buffers.Binary;
using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Offload;
using UdpTun.Testing.Packets;

namespace UdpTun.Net.Tests.Offload;

/// <summary>Streams cut into packets by the tests' own plain code, and super-packets cut by the code under test.</summary>
internal static class Segments
{
    /// <summary>
    /// What a sender's stack makes of one write: packets with consecutive sequence numbers and identifications, PSH on the last.
    /// </summary>
    public static byte[][] Of(FlowKey flow, byte[] data, int size, uint sequence = 1, byte[]? options = null, ushort identification = 1)
    {
        return [.. Enumerable.Range(0, (data.Length + size - 1) / size).Select(i =>
        {
            var payload = data[(i * size)..Math.Min((i + 1) * size, data.Length)];
            var isLast = (i + 1) * size >= data.Length;
            var packet = flow.Protocol == IpProtocol.Udp
                ? PacketBuilder.Udp(flow.Source, flow.Destination, payload)
                : Tcp(flow, isLast ? TcpFlags.Ack | TcpFlags.Psh : TcpFlags.Ack, payload, sequence + (uint)(i * size), options ?? []);
            if (packet[0] >> 4 == 4) BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), (ushort)(identification + i));
            return PacketBuilder.Finish(packet);
        })];
    }

    public static byte[] Tcp(FlowKey flow, TcpFlags flags, byte[] payload, uint sequence, byte[] options)
    {
        var packet = PacketBuilder.Tcp(flow.Source, flow.Destination, flags, [.. options, .. payload], sequence);
        packet[PlainChecksum.TransportAt(packet) + 12] = (byte)((20 + options.Length) / 4 << 4);
        return PacketBuilder.Finish(packet);
    }

    /// <summary>The packets of a burst, super-packets cut again.</summary>
    public static List<byte[]> Cut(PacketBurst burst)
    {
        var packets = new List<byte[]>();
        for (var i = 0; i < burst.Count; i++)
        {
            var descriptor = burst.Packets[i];
            if (descriptor.Length == 0) continue;
            if (descriptor.Offload.Kind == SegmentKind.None)
            {
                packets.Add(burst.Packet(i).ToArray());
                continue;
            }

            var header = descriptor.Offload.HeaderLength;
            var pieces = new List<byte[]> { burst.Packet(i)[header..].ToArray() };
            while (i + 1 < burst.Count && burst.Packets[i + 1].IsTail) pieces.Add(burst.Packet(++i).ToArray());
            packets.AddRange(Cut(burst.Bytes.AsSpan(descriptor.Offset, header), descriptor.Offload, pieces));
        }

        return packets;
    }

    public static IEnumerable<byte[]> Cut(ReadOnlySpan<byte> header, PacketOffload offload, List<byte[]> pieces)
    {
        var super = new SuperPacket(header, offload);
        var packets = new List<byte[]>();
        var offset = 0;
        for (var i = 0; i < pieces.Count; i++)
        {
            var packet = new byte[offload.HeaderLength + pieces[i].Length];
            super.WriteHeader(i, offset, pieces[i], i == pieces.Count - 1, packet);
            pieces[i].CopyTo(packet, offload.HeaderLength);
            packets.Add(packet);
            offset += pieces[i].Length;
        }

        return packets;
    }

    /// <summary>The one packet that a kernel with segmentation offload would hand over in their place.</summary>
    public static (byte[] Packet, PacketOffload Offload) Join(FlowKey flow, byte[] data, int size, uint sequence = 1, byte[]? options = null, ushort identification = 1)
    {
        var isTcp = flow.Protocol == IpProtocol.Tcp;
        var packet = isTcp
            ? Tcp(flow, TcpFlags.Ack | TcpFlags.Psh, data, sequence, options ?? [])
            : PacketBuilder.Udp(flow.Source, flow.Destination, data);
        var v4 = packet[0] >> 4 == 4;
        if (v4) BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), identification);
        PacketBuilder.WithPendingChecksum(PacketBuilder.RefreshHeaderChecksum(packet));
        var at = PlainChecksum.TransportAt(packet);
        var headerLength = at + (isTcp ? 20 + (options?.Length ?? 0) : 8);
        var kind = isTcp ? v4 ? SegmentKind.TcpV4 : SegmentKind.TcpV6 : SegmentKind.Udp;
        return (packet, new PacketOffload(kind, true, (ushort)headerLength, (ushort)size, (ushort)at, (ushort)(isTcp ? 16 : 6)));
    }
}
