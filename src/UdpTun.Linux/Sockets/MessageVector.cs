// The arrays that recvmmsg(2) and sendmmsg(2) work on. Pinned and linked to one another once; afterwards only addresses and
// lengths are filled in. Loop thread only.
using UdpTun.Linux.Interop;

namespace UdpTun.Linux.Sockets;

/// <summary>Message headers, each with one buffer and room for one address and its control messages.</summary>
internal sealed unsafe class MessageVector
{
    // The arrays live as long as the vector; the pointers lead into them.
    private readonly mmsghdr[] _messageArray;
    private readonly iovec[] _iovecArray;
    private readonly byte[] _controlArray;
    private readonly sockaddr_in6[] _nameArray;

    public MessageVector(int length)
    {
        _messageArray = GC.AllocateArray<mmsghdr>(length, pinned: true);
        _iovecArray = GC.AllocateArray<iovec>(length, pinned: true);
        _controlArray = GC.AllocateArray<byte>(length * ControlMessages.Space, pinned: true);
        _nameArray = GC.AllocateArray<sockaddr_in6>(length, pinned: true);
        Messages = Pinned.First(_messageArray);
        Iovecs = Pinned.First(_iovecArray);
        Controls = Pinned.First(_controlArray);
        Names = Pinned.First(_nameArray);
        for (var index = 0; index < length; index++)
        {
            ref var header = ref Messages[index].msg_hdr;
            header.msg_iov = Iovecs + index;
            header.msg_iovlen = 1;
            header.msg_name = Names + index;
        }
    }

    public mmsghdr* Messages { get; }

    public iovec* Iovecs { get; }

    public sockaddr_in6* Names { get; }

    /// <summary>
    /// Room for the control messages of each message, <see cref="ControlMessages.Space"/> bytes apart.
    /// </summary>
    public byte* Controls { get; }
}
