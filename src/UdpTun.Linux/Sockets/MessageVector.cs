// The arrays that recvmmsg(2) and sendmmsg(2) work on. Pinned and linked to one another once; afterwards only addresses and
// lengths are filled in. Loop thread only.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using UdpTun.Linux.Interop;
using UdpTun.Net.Buffers;

namespace UdpTun.Linux.Sockets;

/// <summary>As many message headers as a burst has packets, each with one buffer and room for one address.</summary>
internal sealed unsafe class MessageVector
{
    public const int Length = PacketBurst.MaxPackets;

    // The arrays live as long as the vector; the pointers lead into them.
    private readonly mmsghdr[] _messageArray = GC.AllocateArray<mmsghdr>(Length, pinned: true);
    private readonly byte[] _iovecArray = GC.AllocateArray<byte>(Length * sizeof(iovec), pinned: true);
    private readonly byte[] _controlArray = GC.AllocateArray<byte>(Length * ControlMessages.Space, pinned: true);
    private readonly sockaddr_in6[] _nameArray = GC.AllocateArray<sockaddr_in6>(Length, pinned: true);

    public MessageVector()
    {
        Messages = (mmsghdr*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_messageArray));
        Iovecs = (iovec*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_iovecArray));
        Controls = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_controlArray));
        Names = (sockaddr_in6*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_nameArray));
        for (var index = 0; index < Length; index++)
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
