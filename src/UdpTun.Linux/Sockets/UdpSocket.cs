// The line's stage between TUN ends: datagrams between the kernel's socket queue and a burst, up to 64 a call. Runs on the
// loop's thread, never blocks, allocates nothing. Receives into the burst that the caller leased; sent batches stay the caller's.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using UdpTun.Linux.Interop;
using UdpTun.Linux.Polling;
using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;
using UdpTun.Net.Io;

namespace UdpTun.Linux.Sockets;

/// <summary>An open, unconnected UDP socket without offload: one datagram carries one packet.</summary>
/// <param name="descriptor">The socket; owned from now on.</param>
/// <param name="local">What it is bound to.</param>
/// <param name="family">AF_INET or AF_INET6.</param>
/// <param name="replies">Where to learn which local address to answer from; null where the kernel's choice is right.</param>
internal sealed unsafe class UdpSocket(FileDescriptor descriptor, InetEndpoint local, ushort family, ReplyAddresses? replies)
    : IUdpSocket, IDescriptorSource
{
    // Bytes of a burst set aside for one datagram with its head- and tailroom: 64 of them are a default burst, and what is left
    // carries an inner packet of 1420 bytes with any transport's header.
    private const int SlotBytes = 2048;
    private const int LongestDatagram = SlotBytes - PacketBurst.Headroom - PacketBurst.Tailroom;

    private readonly MessageVector _incoming = new();
    private readonly MessageVector _outgoing = new();
    private readonly int[] _ordinals = new int[MessageVector.Length];

    public FileDescriptor Descriptor { get; } = descriptor;

    public string Name { get; } = $"udp {local}";

    public InetEndpoint LocalEndpoint { get; } = local;

    public IoResult Receive(PacketBurst burst)
    {
        var packets = 0;
        var refused = 0;
        // Refused datagrams and errors leave no packet behind, so both are counted against the turn too.
        var errors = 0;
        while (packets + errors < PacketBurst.MaxPackets && SlotsIn(burst) is var slots and > 0)
        {
            var first = burst.NextOffset;
            LayOut(burst.Bytes, first, slots);
            var received = SysSocket.recvmmsg(Descriptor, _incoming.Messages, (uint)slots, SysSocket.MSG_DONTWAIT, null);
            if (received < 0)
            {
                var errno = LastErrno.Value;
                if (errno == Errno.EAGAIN) return new IoResult(IoStatus.WouldBlock, packets, refused);
                if (IsLost(errno)) return new IoResult(IoStatus.Lost, packets, refused);
                // EINTR, or an ICMP error of an earlier datagram, which this call has taken off the socket.
                errors++;
                continue;
            }

            refused += Append(burst, first, received);
            packets += received;
            if (received < slots) return new IoResult(IoStatus.WouldBlock, packets, refused);
        }

        return new IoResult(IoStatus.Ok, packets, refused);
    }

    public IoResult Send(ReadOnlySpan<PacketBatch> queue, int firstPacket)
    {
        var refused = 0;
        var cursor = new QueueCursor(queue, firstPacket);
        while (Gather(ref cursor) is var count and > 0)
        {
            var sent = 0;
            while (sent < count)
            {
                var taken = SysSocket.sendmmsg(Descriptor, _outgoing.Messages + sent, (uint)(count - sent), SysSocket.MSG_DONTWAIT);
                if (taken > 0)
                {
                    sent += taken;
                    continue;
                }

                var errno = LastErrno.Value;
                if (errno == Errno.EINTR) continue;
                if (errno == Errno.EAGAIN) return new IoResult(IoStatus.WouldBlock, _ordinals[sent], refused);
                if (IsLost(errno)) return new IoResult(IoStatus.Lost, _ordinals[sent], refused);
                // The error is that of the first datagram alone: unreachable, not permitted, too long. ENOBUFS (the uplink's queue is
                // full) counts among them, because no event would tell when there is room again.
                refused++;
                sent++;
            }
        }

        return new IoResult(IoStatus.Ok, cursor.Ordinal, refused);
    }

    public void Dispose() => Descriptor.Dispose();

    private static bool IsLost(Errno errno) => errno is Errno.EBADF or Errno.ENODEV or Errno.EBADFD or Errno.ENOTSOCK;

    private static int SlotsIn(PacketBurst burst) =>
        Math.Min(PacketBurst.MaxPackets - burst.Count, (burst.Bytes.Length - burst.Used) / SlotBytes);

    private static byte* Address(byte[] pinned, int offset) => (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned)) + offset;

    private void LayOut(byte[] bytes, int first, int slots)
    {
        var address = Address(bytes, first);
        for (var index = 0; index < slots; index++, address += SlotBytes)
        {
            _incoming.Iovecs[index].iov_base = address;
            _incoming.Iovecs[index].iov_len = LongestDatagram;
            // The kernel has overwritten it with the length of the last sender's address.
            ref var header = ref _incoming.Messages[index].msg_hdr;
            header.msg_namelen = (uint)sizeof(sockaddr_in6);
            if (replies is null) continue;
            header.msg_control = _incoming.Controls + (index * (int)PacketInfo.Space);
            header.msg_controllen = PacketInfo.Space;
        }
    }

    /// <summary>Takes over what was received and returns how many of it are unusable: cut off, or empty, which no packet is.</summary>
    private int Append(PacketBurst burst, int first, int received)
    {
        var refused = 0;
        for (var index = 0; index < received; index++)
        {
            ref var message = ref _incoming.Messages[index];
            if ((message.msg_hdr.msg_flags & SysSocket.MSG_TRUNC) != 0 || message.msg_len == 0)
            {
                refused++;
                continue;
            }

            var remote = SocketAddress.Read(_incoming.Names + index);
            if (replies is not null && PacketInfo.TryRead(message.msg_hdr, out var local)) replies.Learn(remote, local);
            burst.AppendAt(first + (index * SlotBytes), (int)message.msg_len, remote: remote);
        }

        return refused;
    }

    /// <summary>Prepares the next datagrams of the queue and returns how many: at most 64, 0 at its end.</summary>
    private int Gather(ref QueueCursor cursor)
    {
        var count = 0;
        PacketBatch? last = null;
        while (count < MessageVector.Length && cursor.TryNext(out var batch, out var packet))
        {
            ref var header = ref _outgoing.Messages[count].msg_hdr;
            if (ReferenceEquals(batch, last))
            {
                // One address, and one to answer from, serve the whole batch.
                ref readonly var previous = ref _outgoing.Messages[count - 1].msg_hdr;
                header.msg_name = previous.msg_name;
                header.msg_namelen = previous.msg_namelen;
                header.msg_control = previous.msg_control;
                header.msg_controllen = previous.msg_controllen;
            }
            else
            {
                header.msg_name = _outgoing.Names + count;
                header.msg_namelen = SocketAddress.Write(_outgoing.Names + count, batch.Remote, family);
                AnswerFromWhereItCame(ref header, _outgoing.Controls + (count * (int)PacketInfo.Space), batch.Remote);
                last = batch;
            }

            _outgoing.Iovecs[count].iov_base = Address(batch.Bytes, packet.Offset);
            _outgoing.Iovecs[count].iov_len = (nuint)packet.Length;
            _ordinals[count++] = cursor.Ordinal - 1;
        }

        return count;
    }

    private void AnswerFromWhereItCame(ref msghdr header, void* control, InetEndpoint remote)
    {
        if (replies is null) return;
        var known = replies.TryFind(remote, out var local);
        if (known) PacketInfo.Write(control, local);
        header.msg_control = known ? control : null;
        header.msg_controllen = known ? PacketInfo.Space : 0;
    }
}
