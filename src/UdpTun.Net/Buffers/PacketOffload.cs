namespace UdpTun.Net.Buffers;

/// <summary>How the kernel left a packet unfinished, in the terms of struct virtio_net_hdr (include/uapi/linux/virtio_net.h).</summary>
public enum SegmentKind : byte
{
    /// <summary>An ordinary packet.</summary>
    None = 0,
    TcpV4 = 1,
    TcpV6 = 4,
    Udp = 5,
}

/// <summary>
/// What a super-packet still needs before it is a packet. The default value means an ordinary, finished packet, which is all
/// that a device without offload ever produces.
/// </summary>
/// <param name="Kind">Which protocol's segments the packet holds.</param>
/// <param name="ChecksumPending">
/// The transport checksum field holds only the pseudo-header's sum (not inverted) and covers <see cref="ChecksumStart"/> onwards
/// once finished; a NAT then updates it for addresses and not for ports.
/// </param>
/// <param name="HeaderLength">Bytes of IP and transport header that every segment repeats.</param>
/// <param name="SegmentSize">Transport payload bytes of each segment but the last.</param>
/// <param name="ChecksumStart">Offset of the transport header within the packet.</param>
/// <param name="ChecksumOffset">Offset of the checksum field within the transport header.</param>
public readonly record struct PacketOffload(
    SegmentKind Kind, bool ChecksumPending, ushort HeaderLength, ushort SegmentSize, ushort ChecksumStart, ushort ChecksumOffset);
