// The line's stage between TUN ends, inwards: datagrams from the kernel's socket queue into a burst. Runs on the loop's thread, never
// blocks, allocates nothing. Receives into the burst that the caller leased.
using UdpTun.Linux.Interop;
using UdpTun.Net.Buffers;
using UdpTun.Net.Io;

namespace UdpTun.Linux.Sockets;

/// <summary>Receives many datagrams a call (recvmmsg(2)), each of them joined by the kernel out of many where it does that (UDP_GRO).</summary>
/// <param name="descriptor">The socket.</param>
/// <param name="longestPacket">See <see cref="UdpSocketOptions.LongestPacket"/>.</param>
/// <param name="replies">Where to learn which local address to answer from; null where the kernel's choice is right.</param>
/// <param name="joined">Whether the kernel joins datagrams.</param>
internal sealed unsafe class DatagramReceiver(FileDescriptor descriptor, int longestPacket, ReplyAddresses? replies, bool joined)
{
    // Bytes of a burst set aside for one datagram with its head- and tailroom. Alone: the least carries an inner packet of 1420 bytes with
    // any transport's header, or one of 1500 bytes from a peer that is not so careful. Joined: the longest UDP datagram.
    private const int LeastSlot = 2048;
    private const int TransportRoom = 64;
    private const int JoinedSlot = 65536 + PacketBurst.Headroom + PacketBurst.Tailroom;

    // Datagrams that come as one at most. The kernel itself joins 64 (UDP_GRO_CNT_MAX), but where no wire lies between, what a sender gave to
    // its kernel to be cut (UDP_SEGMENT) arrives uncut: UDP_MAX_SEGMENTS of Linux 6.9 and newer.
    private const int MostJoined = 128;

    private readonly MessageVector _incoming = new(PacketBurst.MaxPackets);
    private readonly int _slot = joined
        ? JoinedSlot : Math.Max(LeastSlot, longestPacket + TransportRoom + PacketBurst.Headroom + PacketBurst.Tailroom);

    public IoResult Receive(PacketBurst burst)
    {
        var packets = burst.Count;
        var refused = 0;
        // Refused datagrams and errors leave no packet behind, so both are counted against the turn too.
        var errors = 0;
        while (burst.Count + refused + errors < PacketBurst.MaxPackets && SlotsIn(burst) is var slots and > 0)
        {
            var first = burst.NextOffset;
            LayOut(burst.Bytes, first, slots);
            var received = SysSocket.recvmmsg(descriptor, _incoming.Messages, (uint)slots, SysSocket.MSG_DONTWAIT, null);
            if (received < 0)
            {
                var errno = LastErrno.Value;
                if (errno == Errno.EAGAIN) return Result(IoStatus.WouldBlock);
                if (SocketErrors.MeanLost(errno)) return Result(IoStatus.Lost);
                // EINTR, or an ICMP error of an earlier datagram, which this call has taken off the socket.
                errors++;
                continue;
            }

            refused += Append(burst, first, received);
            if (received < slots) return Result(IoStatus.WouldBlock);
        }

        return Result(IoStatus.Ok);

        IoResult Result(IoStatus status) => new(status, burst.Count - packets + refused, refused);
    }

    private int SlotsIn(PacketBurst burst)
    {
        var room = PacketBurst.MaxPackets - burst.Count;
        return Math.Min(joined ? room / MostJoined : room, (burst.Bytes.Length - burst.Used) / _slot);
    }

    private void LayOut(byte[] bytes, int first, int slots)
    {
        var address = Pinned.At(bytes, first);
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
            var length = (int)message.msg_len;
            if ((message.msg_hdr.msg_flags & SysSocket.MSG_TRUNC) != 0 || length == 0)
            {
                refused++;
                continue;
            }

            var remote = SocketAddress.Read(_incoming.Names + index);
            var addressed = ControlMessages.Read(message.msg_hdr, out var local, out var outerClass, out var size);
            var path = addressed && replies is not null ? replies.Learn(remote, new ReplyPath(local, SocketAddress.LinkOf(_incoming.Names + index))) : (ushort)0;
            burst.AppendRow(first + (index * _slot), length, size > 0 ? size : length, remote, outerClass, path);
        }

        return refused;
    }
}
