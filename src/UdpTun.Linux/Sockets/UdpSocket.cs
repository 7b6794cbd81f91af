// The line's stage between TUN ends: datagrams between the kernel's socket queue and a burst, up to 64 a call. Runs on the
// loop's thread, never blocks, allocates nothing. Receives into the burst that the caller leased; sent batches stay the caller's.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using UdpTun.Linux.Interop;
using UdpTun.Linux.Polling;
using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Io;

namespace UdpTun.Linux.Sockets;

/// <summary>An open, unconnected UDP socket without offload: one datagram carries one packet.</summary>
/// <param name="descriptor">The socket; owned from now on.</param>
/// <param name="local">What it is bound to.</param>
/// <param name="family">AF_INET or AF_INET6.</param>
/// <param name="longestPacket">See <see cref="UdpSocketOptions.LongestPacket"/>.</param>
/// <param name="replies">Where to learn which local address to answer from; null where the kernel's choice is right.</param>
/// <param name="warn">Told, once, when the kernel takes no traffic class.</param>
internal sealed unsafe class UdpSocket(
    FileDescriptor descriptor, InetEndpoint local, ushort family, int longestPacket, ReplyAddresses? replies, Action<string>? warn)
    : IUdpSocket, IDescriptorSource
{
    // Bytes of a burst set aside for one datagram with its head- and tailroom: 64 of the least are a default burst, and carry an inner
    // packet of 1420 bytes with any transport's header, or one of 1500 bytes from a peer that is not so careful.
    private const int LeastSlot = 2048;
    private const int TransportRoom = 64;

    private readonly int _slot = Math.Max(LeastSlot, longestPacket + TransportRoom + PacketBurst.Headroom + PacketBurst.Tailroom);
    private readonly MessageVector _incoming = new();
    private readonly MessageVector _outgoing = new();
    private readonly int[] _ordinals = new int[MessageVector.Length];
    private bool _sendsClasses = true;

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
                if (SendsWithLess(_outgoing.Messages + sent, errno))
                {
                    sent++;
                    continue;
                }

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

    private int SlotsIn(PacketBurst burst) =>
        Math.Min(PacketBurst.MaxPackets - burst.Count, (burst.Bytes.Length - burst.Used) / _slot);

    private static byte* Address(byte[] pinned, int offset) => (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned)) + offset;

    private void LayOut(byte[] bytes, int first, int slots)
    {
        var address = Address(bytes, first);
        for (var index = 0; index < slots; index++, address += _slot)
        {
            _incoming.Iovecs[index].iov_base = address;
            _incoming.Iovecs[index].iov_len = (nuint)(_slot - PacketBurst.Headroom - PacketBurst.Tailroom);
            // The kernel has overwritten it with the length of the last sender's address.
            ref var header = ref _incoming.Messages[index].msg_hdr;
            header.msg_namelen = (uint)sizeof(sockaddr_in6);
            header.msg_control = _incoming.Controls + (index * ControlMessages.Space);
            header.msg_controllen = (nuint)ControlMessages.Space;
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
            var addressed = ControlMessages.Read(message.msg_hdr, out var local, out var outerClass);
            if (addressed) replies?.Learn(remote, new ReplyPath(local, SocketAddress.LinkOf(_incoming.Names + index)));
            burst.AppendAt(first + (index * _slot), (int)message.msg_len, default, remote, outerClass);
        }

        return refused;
    }

    /// <summary>Prepares the next datagrams of the queue and returns how many: at most 64, 0 at its end.</summary>
    private int Gather(ref QueueCursor cursor)
    {
        var count = 0;
        PacketBatch? last = null;
        ReplyPath? path = null;
        TrafficClass lastClass = default;
        while (count < MessageVector.Length && cursor.TryNext(out var batch, out var packet))
        {
            ref var header = ref _outgoing.Messages[count].msg_hdr;
            var outerClass = _sendsClasses ? packet.OuterClass : default;
            var follows = ReferenceEquals(batch, last);
            if (follows)
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
                path = replies is not null && replies.TryFind(batch.Remote, out var known) ? known : null;
                header.msg_name = _outgoing.Names + count;
                header.msg_namelen = SocketAddress.Write(_outgoing.Names + count, batch.Remote, family, path?.Link ?? 0);
                last = batch;
            }

            if (!follows || outerClass != lastClass) SetControl(ref header, count, path, outerClass, batch.Remote.Address.IsV4);
            lastClass = outerClass;
            _outgoing.Iovecs[count].iov_base = Address(batch.Bytes, packet.Offset);
            _outgoing.Iovecs[count].iov_len = (nuint)packet.Length;
            _ordinals[count++] = cursor.Ordinal - 1;
        }

        return count;
    }

    private void SetControl(ref msghdr header, int index, ReplyPath? path, TrafficClass outerClass, bool v4)
    {
        var control = _outgoing.Controls + (index * ControlMessages.Space);
        var length = path is { } known ? ControlMessages.WriteLocal(control, known.Local, known.Link) : 0;
        // A socket's datagrams are of class 0 unless told otherwise.
        if (outerClass != default) length += ControlMessages.WriteClass(control + length, outerClass, v4);
        header.msg_control = control;
        header.msg_controllen = (nuint)length;
    }

    /// <summary>
    /// What goes along may be what the kernel refuses: a class, on a kernel that takes none (EINVAL), or an address to answer from that
    /// the host has lost since (EINVAL in IPv6, ENETUNREACH in IPv4). The datagram matters more, so it is tried without.
    /// </summary>
    private bool SendsWithLess(mmsghdr* message, Errno errno)
    {
        ref var header = ref message->msg_hdr;
        if (header.msg_controllen == 0 || errno is not (Errno.EINVAL or Errno.ENETUNREACH)) return false;
        var beforeClass = ControlMessages.LengthBeforeClass(header);
        if (errno == Errno.EINVAL && beforeClass < header.msg_controllen)
        {
            header.msg_controllen = beforeClass;
            if (SendsOne(message))
            {
                _sendsClasses = false;
                warn?.Invoke($"{Name}: the kernel takes no traffic class for a datagram, so DS and ECN are not carried");
                return true;
            }
        }

        header.msg_controllen = 0;
        return SendsOne(message);
    }

    private bool SendsOne(mmsghdr* message) => SysSocket.sendmmsg(Descriptor, message, 1, SysSocket.MSG_DONTWAIT) == 1;
}
