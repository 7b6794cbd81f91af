// First and last stage of the line: packets between the kernel's TUN queue and a burst. Runs on the loop's thread, never
// blocks, allocates nothing. Reads fill the burst that the caller leased; written batches stay the caller's.
using UdpTun.Linux.Interop;
using UdpTun.Linux.Polling;
using UdpTun.Net.Buffers;
using UdpTun.Net.Io;

namespace UdpTun.Linux.Tun;

/// <summary>An open queue of a TUN interface without offload: one read or write carries one packet.</summary>
internal sealed unsafe class TunDevice(FileDescriptor descriptor, string name, int mtu, bool mayBeDown) : ITunDevice, IDescriptorSource
{
    // The kernel cuts a packet that is longer than the read's buffer and tells nobody (without IFF_NO_PI it would set
    // TUN_PKT_STRIP). One byte more than the MTU makes such a packet known by its length.
    private readonly int _slot = mtu + 1;

    public FileDescriptor Descriptor { get; } = descriptor;

    public string Name { get; } = name;

    public int Mtu { get; } = mtu;

    public TunOffload Offload => default;

    public IoResult Read(PacketBurst burst)
    {
        var packets = 0;
        var refused = 0;
        // Refused packets take no room, so they are counted against the turn too.
        while (packets < PacketBurst.MaxPackets && burst.HasRoomFor(_slot))
        {
            var length = Unistd.read(Descriptor, Pinned.At(burst.Bytes, burst.NextOffset), (nuint)_slot);
            if (length < 0)
            {
                var errno = LastErrno.Value;
                if (errno == Errno.EINTR) continue;
                return new IoResult(TunErrors.OfRead(errno, Name), packets, refused);
            }

            packets++;
            if (length > Mtu || length == 0) refused++;
            else burst.Append((int)length);
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
            for (var index = first; index < batch.Count; index++)
            {
                // A super-packet can be here only when the device was another until a moment ago.
                var errno = batch[index].Offload == default && !batch[index].IsTail ? Write(batch.Packet(index)) : Errno.EINVAL;
                if (TunErrors.OfWrite(errno, mayBeDown) is var status and not IoStatus.Ok) return new IoResult(status, packets, refused);
                packets++;
                if (errno != Errno.None) refused++;
            }

            first = 0;
        }

        return new IoResult(IoStatus.Ok, packets, refused);
    }

    public void Dispose() => Descriptor.Dispose();

    private Errno Write(Span<byte> packet)
    {
        if (packet.IsEmpty) return Errno.None;
        fixed (byte* bytes = packet)
        {
            while (Unistd.write(Descriptor, bytes, (nuint)packet.Length) < 0)
            {
                if (LastErrno.Value is var errno and not Errno.EINTR) return errno;
            }
        }

        return Errno.None;
    }
}
