// The line's stage between TUN ends, outwards: packets of a queue to datagrams in the kernel's hands. Runs on the loop's thread, never
// blocks, allocates nothing. The batches stay the caller's.
using UdpTun.Linux.Interop;
using UdpTun.Net.Buffers;
using UdpTun.Net.Headers;
using UdpTun.Net.Io;
using UdpTun.Net.Offload;

namespace UdpTun.Linux.Sockets;

/// <summary>
/// Sends one datagram for each packet, many a call (sendmmsg(2)), many a message where the kernel cuts them (UDP_SEGMENT). A super-packet
/// becomes the packets that it stands for: their headers are written here, their payload is sent from where it lies.
/// </summary>
/// <param name="descriptor">The socket.</param>
/// <param name="name">What a log calls it.</param>
/// <param name="family">AF_INET or AF_INET6.</param>
/// <param name="replies">Which local address to answer from; null where the kernel's choice is right.</param>
/// <param name="joins">Whether the kernel cuts messages.</param>
/// <param name="warn">Told, once each, what the kernel refuses and is done without.</param>
internal sealed unsafe class DatagramSender(
    FileDescriptor descriptor, string name, ushort family, ReplyAddresses? replies, bool joins, Action<string>? warn)
{
    private const int HeaderBytes = 256 * 1024;

    private readonly DatagramRow _row = new();
    private readonly byte[] _headers = GC.AllocateUninitializedArray<byte>(HeaderBytes, pinned: true);
    private readonly (int Packets, int Segment)[] _behind = new (int, int)[DatagramRow.Messages]; // where the queue stands behind each message
    private bool _joins = joins;
    private bool _sendsClasses = true;
    private int _headersUsed;
    private int _segment; // of the queue's first packet: where the last send stopped

    public IoResult Send(ReadOnlySpan<PacketBatch> queue, int firstPacket)
    {
        var refused = 0;
        var cursor = new SegmentCursor(queue, firstPacket, _segment);
        (int Packets, int Segment) done = (0, _segment);
        while (Gather(ref cursor))
        {
            for (var sent = 0; sent < _row.Count;)
            {
                var taken = SysSocket.sendmmsg(descriptor, _row.Headers + sent, (uint)(_row.Count - sent), SysSocket.MSG_DONTWAIT);
                if (taken > 0)
                {
                    sent += taken;
                    done = _behind[sent - 1];
                    continue;
                }

                var errno = LastErrno.Value;
                if (errno == Errno.EINTR) continue;
                if (errno == Errno.EAGAIN)
                {
                    _segment = done.Segment;
                    return new IoResult(IoStatus.WouldBlock, done.Packets, refused);
                }

                if (SocketErrors.MeanLost(errno)) return new IoResult(IoStatus.Lost, done.Packets, refused);
                // The error is that of the first message alone: unreachable, not permitted, too long. ENOBUFS (the uplink's queue is
                // full) counts among them, because no event would tell when there is room again.
                if (_row.DatagramsOf(sent) == 1)
                {
                    if (!SendsWithLess(_row.Headers + sent, errno)) refused++;
                }
                else if (SendApart(sent, errno, ref refused) is var passed && passed < _row.DatagramsOf(sent))
                {
                    done = Behind(new SegmentCursor(queue, firstPacket, _segment), done, passed);
                    _segment = done.Segment;
                    return new IoResult(IoStatus.WouldBlock, done.Packets, refused);
                }

                done = _behind[sent++];
            }
        }

        _segment = 0;
        return new IoResult(IoStatus.Ok, cursor.Passed, refused);
    }

    /// <summary>Prepares the next datagrams of the queue; false at its end.</summary>
    private bool Gather(ref SegmentCursor cursor)
    {
        _row.Clear();
        _headersUsed = 0;
        while (cursor.Find())
        {
            var complete = cursor.Batch[cursor.Packet].Offload.Kind == SegmentKind.None ? TryAddPacket(ref cursor) : TryAddSegments(ref cursor);
            if (!complete) break;
        }

        _row.Seal();
        return _row.Count > 0;
    }

    private bool TryAddPacket(ref SegmentCursor cursor)
    {
        var (batch, packet) = (cursor.Batch, cursor.Batch[cursor.Packet]);
        if (!TryBegin(batch, packet.OuterClass, packet.Length, pieces: 1)) return false;
        if (packet.Offload.ChecksumPending)
        {
            Checksums.Finish(batch.Packet(cursor.Packet), packet.Offload);
            batch.Move(cursor.Packet, packet with { Offload = default });
        }

        _row.AddPiece(Pinned.At(batch.Bytes, packet.Offset), packet.Length);
        cursor.NextPacket();
        _behind[_row.Count - 1] = (cursor.Passed, 0);
        return true;
    }

    /// <summary>The segments from the cursor's on, as many as there is room for; true when all are in.</summary>
    private bool TryAddSegments(ref SegmentCursor cursor)
    {
        var (batch, head) = (cursor.Batch, cursor.Batch[cursor.Packet]);
        var (offload, total) = (head.Offload, batch.SegmentsOf(cursor.Packet));
        var super = new SuperPacket(batch.Packet(cursor.Packet), offload);
        while (cursor.Segment < total)
        {
            var piece = batch.PayloadOf(cursor.Packet, cursor.Segment);
            var room = _headersUsed + offload.HeaderLength <= HeaderBytes;
            if (!room || !TryBegin(batch, head.OuterClass, offload.HeaderLength + piece.Length, pieces: 2)) return false;

            var header = _headers.AsSpan(_headersUsed, offload.HeaderLength);
            super.WriteHeader(
                cursor.Segment, cursor.Segment * offload.SegmentSize, batch.Bytes.AsSpan(piece.Offset, piece.Length),
                cursor.Segment == total - 1, header);
            _row.AddPiece(Pinned.At(_headers, _headersUsed), header.Length);
            _row.AddPiece(Pinned.At(batch.Bytes, piece.Offset), piece.Length);
            _headersUsed += header.Length;
            cursor.NextSegment();
            _behind[_row.Count - 1] = (cursor.Passed, cursor.Segment);
        }

        cursor.NextPacket();
        _behind[_row.Count - 1] = (cursor.Passed, 0);
        return true;
    }

    /// <summary>Puts a datagram into the last message or begins one with it; false when there is no room.</summary>
    private bool TryBegin(PacketBatch batch, TrafficClass outerClass, int length, int pieces)
    {
        if (!_row.HasRoomForPieces(pieces)) return false;
        if (!_sendsClasses) outerClass = default;
        if (_joins && _row.TryJoin(batch.Remote, outerClass, length)) return true;
        if (!_row.HasRoomForMessage) return false;
        ReplyPath? path = replies is not null && replies.TryFind(batch.Remote, out var known) ? known : null;
        _row.Begin(batch.Remote, outerClass, length, path, family);
        return true;
    }

    /// <summary>
    /// Sends the datagrams of a message one by one: the path does not take them joined (EIO: no checksum offload, as with IPsec; EMSGSIZE or
    /// EINVAL: longer than the path), or it takes none of them, which each then says for itself.
    /// </summary>
    /// <returns>Datagrams that were sent or refused: all of them, or fewer when the socket is full.</returns>
    private int SendApart(int message, Errno errno, ref int refused)
    {
        // The row may hold more messages that were joined before.
        if (errno == Errno.EIO && _joins)
        {
            _joins = false;
            warn?.Invoke($"{name}: the path takes no joined datagrams (EIO), so each goes by itself from now on");
        }

        for (var passed = 0; passed < _row.DatagramsOf(message); passed++)
        {
            _row.TakeOut(message, passed, out var single);
            if (SendsOne(&single)) continue;
            if (LastErrno.Value == Errno.EAGAIN) return passed;
            if (!SendsWithLess(&single, LastErrno.Value)) refused++;
        }

        return _row.DatagramsOf(message);
    }

    /// <summary>Where the queue stands so many datagrams behind a place in it.</summary>
    /// <param name="cursor">At the queue's beginning.</param>
    /// <param name="place">Packets passed, and the segment of the next.</param>
    /// <param name="datagrams">How many.</param>
    private static (int Packets, int Segment) Behind(SegmentCursor cursor, (int Packets, int Segment) place, int datagrams)
    {
        while ((cursor.Passed, cursor.Segment) != place && cursor.Find()) cursor.NextDatagram();
        for (; datagrams > 0 && cursor.Find(); datagrams--) cursor.NextDatagram();
        return (cursor.Passed, cursor.Segment);
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
                warn?.Invoke($"{name}: the kernel takes no traffic class for a datagram, so DS and ECN are not carried");
                return true;
            }
        }

        header.msg_controllen = 0;
        return SendsOne(message);
    }

    private bool SendsOne(mmsghdr* message)
    {
        while (SysSocket.sendmmsg(descriptor, message, 1, SysSocket.MSG_DONTWAIT) != 1)
            if (LastErrno.Value != Errno.EINTR) return false;
        return true;
    }
}
