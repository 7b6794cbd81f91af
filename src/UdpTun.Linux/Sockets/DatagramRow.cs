// The messages of one sendmmsg(2), filled datagram by datagram. Loop thread only; allocates nothing after construction.
using UdpTun.Linux.Interop;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;

namespace UdpTun.Linux.Sockets;

/// <summary>
/// Datagrams gathered for one call. Where the kernel cuts messages (UDP_SEGMENT), consecutive datagrams of one size to one receiver become
/// one message. A datagram is one piece of memory, or a header and a payload; what follows a piece without a gap becomes part of it.
/// </summary>
internal sealed unsafe class DatagramRow
{
    /// <summary>Datagrams in one message at most: UDP_MAX_SEGMENTS of kernels before 6.9.</summary>
    public const int MostJoined = 64;

    /// <summary>Messages in one call at most.</summary>
    public const int Messages = 64;

    // RFC 768 and RFC 791: what a UDP datagram over IPv4 carries at most. The kernel cuts nothing longer.
    private const int LongestMessage = 65507;
    private const int Pieces = 4096, PiecesOfOne = 4;

    private readonly MessageVector _vector = new(Messages);
    private readonly iovec[] _pieceArray = GC.AllocateArray<iovec>(Pieces + PiecesOfOne, pinned: true);
    private readonly Message[] _messages = new Message[Messages];
    private readonly iovec* _pieces;
    private int _pieceCount;

    public DatagramRow() => _pieces = Pinned.First(_pieceArray);

    private struct Message
    {
        public InetEndpoint Remote;
        public TrafficClass Class;
        public int FirstPiece, Datagrams, Bytes, Size, ControlBeforeSegment;
        public bool IsClosed;
    }

    /// <summary>Messages gathered.</summary>
    public int Count { get; private set; }

    public mmsghdr* Headers => _vector.Messages;

    public void Clear() => Count = _pieceCount = 0;

    public int DatagramsOf(int message) => _messages[message].Datagrams;

    /// <summary>Adds a datagram to the last message; false when it has to begin another.</summary>
    public bool TryJoin(InetEndpoint remote, TrafficClass outerClass, int length)
    {
        if (Count == 0) return false;
        ref var last = ref _messages[Count - 1];
        if (last.IsClosed || last.Datagrams == MostJoined || length > last.Size || last.Bytes + length > LongestMessage) return false;
        if (last.Class != outerClass || last.Remote != remote) return false;
        last.Datagrams++;
        last.Bytes += length;
        last.IsClosed = length < last.Size;
        return true;
    }

    public bool HasRoomForMessage => Count < Messages;

    public bool HasRoomForPieces(int pieces) => _pieceCount + pieces <= Pieces;

    /// <summary>Begins a message with a datagram; its pieces follow.</summary>
    public void Begin(InetEndpoint remote, TrafficClass outerClass, int length, ReplyPath? path, ushort family)
    {
        ref var header = ref _vector.Messages[Count].msg_hdr;
        var control = _vector.Controls + (Count * ControlMessages.Space);
        var controlLength = path is { } known ? ControlMessages.WriteLocal(control, known.Local, known.Link) : 0;
        // A socket's datagrams are of class 0 unless told otherwise.
        if (outerClass != default) controlLength += ControlMessages.WriteClass(control + controlLength, outerClass, remote.Address.IsV4);
        header.msg_name = _vector.Names + Count;
        header.msg_namelen = SocketAddress.Write(_vector.Names + Count, remote, family, path?.Link ?? 0);
        header.msg_control = control;
        header.msg_controllen = (nuint)controlLength;
        header.msg_iov = _pieces + _pieceCount;
        header.msg_iovlen = 0;
        _messages[Count++] = new Message
        {
            Remote = remote,
            Class = outerClass,
            FirstPiece = _pieceCount,
            Datagrams = 1,
            Bytes = length,
            Size = length,
            ControlBeforeSegment = controlLength,
        };
    }

    public void AddPiece(byte* bytes, int length)
    {
        ref var header = ref _vector.Messages[Count - 1].msg_hdr;
        if (header.msg_iovlen > 0 && (byte*)_pieces[_pieceCount - 1].iov_base + _pieces[_pieceCount - 1].iov_len == bytes)
        {
            _pieces[_pieceCount - 1].iov_len += (nuint)length;
            return;
        }

        _pieces[_pieceCount].iov_base = bytes;
        _pieces[_pieceCount++].iov_len = (nuint)length;
        header.msg_iovlen++;
    }

    /// <summary>Tells the kernel how to cut the messages of several datagrams; called once, when all are there.</summary>
    public void Seal()
    {
        for (var i = 0; i < Count; i++)
        {
            if (_messages[i].Datagrams == 1) continue;
            ref var header = ref _vector.Messages[i].msg_hdr;
            header.msg_controllen += (nuint)ControlMessages.WriteSegmentSize((byte*)header.msg_control + header.msg_controllen, _messages[i].Size);
        }
    }

    /// <summary>Makes a message of its own out of one datagram of a message, for a kernel that does not cut this one.</summary>
    /// <param name="message">The message.</param>
    /// <param name="datagram">Which of its datagrams.</param>
    /// <param name="single">The datagram, good until the next is taken out.</param>
    public void TakeOut(int message, int datagram, out mmsghdr single)
    {
        ref readonly var whole = ref _messages[message];
        single = _vector.Messages[message];
        single.msg_hdr.msg_controllen = (nuint)whole.ControlBeforeSegment;
        single.msg_hdr.msg_iov = _pieces + Pieces;
        single.msg_hdr.msg_iovlen = 0;
        var before = datagram * whole.Size;
        var left = Math.Min(whole.Size, whole.Bytes - before);
        for (var piece = _pieces + whole.FirstPiece; left > 0; piece++)
        {
            var from = Math.Min(before, (int)piece->iov_len);
            var length = Math.Min((int)piece->iov_len - from, left);
            before -= from;
            left -= length;
            if (length == 0) continue;
            ref var part = ref single.msg_hdr.msg_iov[single.msg_hdr.msg_iovlen++];
            part.iov_base = (byte*)piece->iov_base + from;
            part.iov_len = (nuint)length;
        }
    }
}
