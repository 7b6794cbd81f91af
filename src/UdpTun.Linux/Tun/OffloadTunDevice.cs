// First and last stage of the line where the kernel offers offload: super-packets between its TUN queue and a burst. Runs on the loop's
// thread, never blocks, allocates nothing. Reads fill the burst that the caller leased; written batches stay the caller's.
using System.Runtime.CompilerServices;
using UdpTun.Linux.Interop;
using UdpTun.Linux.Polling;
using UdpTun.Net.Buffers;
using UdpTun.Net.Io;

namespace UdpTun.Linux.Tun;

/// <summary>
/// An open queue of a TUN interface with IFF_VNET_HDR: a struct virtio_net_hdr stands in front of each packet and tells what it still
/// needs. A read puts it into the packet's headroom; a write gathers a joined packet from its head and tails (writev(2)).
/// </summary>
internal sealed unsafe class OffloadTunDevice(
    FileDescriptor descriptor, string name, int mtu, TunOffload offload, Action<FileDescriptor>? onClose, bool mayBeDown)
    : ITunDevice, IDescriptorSource
{
    private const int LongestPacket = ushort.MaxValue;
    private const int UdpLength = 8; // RFC 768
    private const int TcpDataOffset = 12; // RFC 9293 section 3.1

    // The header, a head, and as many tails as a burst has.
    private readonly iovec[] _iovecArray = GC.AllocateArray<iovec>(2 + PacketBurst.MaxPackets, pinned: true);
    private readonly virtio_net_hdr[] _headerArray = GC.AllocateArray<virtio_net_hdr>(1, pinned: true);

    public FileDescriptor Descriptor { get; } = descriptor;

    public string Name { get; } = name;

    public int Mtu { get; } = mtu;

    public TunOffload Offload { get; } = offload;

    public IoResult Read(PacketBurst burst)
    {
        var packets = 0;
        var refused = 0;
        while (packets < PacketBurst.MaxPackets && burst.HasRoomFor(LongestPacket))
        {
            var start = Pinned.At(burst.Bytes, burst.NextOffset) - sizeof(virtio_net_hdr);
            var length = Unistd.read(Descriptor, start, (nuint)(sizeof(virtio_net_hdr) + LongestPacket));
            if (length < 0)
            {
                var errno = LastErrno.Value;
                if (errno == Errno.EINTR) continue;
                return new IoResult(TunErrors.OfRead(errno, Name), packets, refused);
            }

            packets++;
            var packet = burst.Bytes.AsSpan(burst.NextOffset, Math.Max(0, (int)length - sizeof(virtio_net_hdr)));
            var isWhole = TryRead(*(virtio_net_hdr*)start, packet, out var needs);
            // An ordinary packet longer than the MTU: somebody has raised it behind our back.
            if (!isWhole || packet.IsEmpty || (needs.Kind == SegmentKind.None && packet.Length > Mtu)) refused++;
            else burst.Append(packet.Length, needs);
        }

        return new IoResult(IoStatus.Ok, packets, refused);
    }

    public IoResult Write(ReadOnlySpan<PacketBatch> queue, int firstPacket)
    {
        var packets = 0;
        var refused = 0;
        var first = firstPacket;
        foreach (var batch in queue)
        {
            for (var index = first; index < batch.Count;)
            {
                var pieces = 1 + batch.TailsOf(index);
                var errno = batch[index].Length == 0 ? Errno.None : Write(batch, index, pieces);
                if (TunErrors.OfWrite(errno, mayBeDown) is var status and not IoStatus.Ok) return new IoResult(status, packets, refused);
                if (errno != Errno.None) refused += pieces;
                packets += pieces;
                index += pieces;
            }

            first = 0;
        }

        return new IoResult(IoStatus.Ok, packets, refused);
    }

    public void Dispose()
    {
        if (!Descriptor.IsClosed) onClose?.Invoke(Descriptor);
        Descriptor.Dispose();
    }

    /// <summary>
    /// What the kernel says a packet needs, checked against the packet: the kernel's own header length is a hint and often too long.
    /// </summary>
    private static bool TryRead(in virtio_net_hdr header, ReadOnlySpan<byte> packet, out PacketOffload needs)
    {
        needs = default;
        var pending = (header.flags & VirtioNet.VIRTIO_NET_HDR_F_NEEDS_CSUM) != 0;
        var type = header.gso_type & ~VirtioNet.VIRTIO_NET_HDR_GSO_ECN;
        if (pending && header.csum_start + header.csum_offset + 2 > packet.Length) return false;
        if (type == VirtioNet.VIRTIO_NET_HDR_GSO_NONE)
        {
            if (pending) needs = new PacketOffload(SegmentKind.None, true, 0, 0, header.csum_start, header.csum_offset);
            return true;
        }

        var isTcp = type is VirtioNet.VIRTIO_NET_HDR_GSO_TCPV4 or VirtioNet.VIRTIO_NET_HDR_GSO_TCPV6;
        if (!pending || header.gso_size == 0 || (!isTcp && type != VirtioNet.VIRTIO_NET_HDR_GSO_UDP_L4)) return false;
        var headerLength = header.csum_start + (isTcp ? TcpLength(packet[header.csum_start..]) : UdpLength);
        if (headerLength >= packet.Length) return false;
        needs = new PacketOffload((SegmentKind)type, true, (ushort)headerLength, header.gso_size, header.csum_start, header.csum_offset);
        return true;
    }

    private static int TcpLength(ReadOnlySpan<byte> tcp) => tcp.Length > TcpDataOffset ? (tcp[TcpDataOffset] >> 4) * 4 : ushort.MaxValue;

    private Errno Write(PacketBatch batch, int index, int pieces)
    {
        ref var header = ref _headerArray[0];
        var needs = batch[index].Offload;
        header = new virtio_net_hdr
        {
            flags = needs.ChecksumPending ? VirtioNet.VIRTIO_NET_HDR_F_NEEDS_CSUM : (byte)0,
            gso_type = (byte)needs.Kind,
            hdr_len = needs.HeaderLength,
            gso_size = needs.SegmentSize,
            csum_start = needs.ChecksumStart,
            csum_offset = needs.ChecksumOffset,
        };
        var iovecs = Pinned.First(_iovecArray);
        iovecs[0].iov_base = Unsafe.AsPointer(ref header);
        iovecs[0].iov_len = (nuint)sizeof(virtio_net_hdr);
        for (var piece = 0; piece < pieces; piece++)
        {
            iovecs[1 + piece].iov_base = Pinned.At(batch.Bytes, batch[index + piece].Offset);
            iovecs[1 + piece].iov_len = (nuint)batch[index + piece].Length;
        }

        while (Unistd.writev(Descriptor, iovecs, 1 + pieces) < 0)
        {
            if (LastErrno.Value is var errno and not Errno.EINTR) return errno;
        }

        return Errno.None;
    }
}
