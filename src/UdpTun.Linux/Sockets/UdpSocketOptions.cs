using UdpTun.Net.Flows;

namespace UdpTun.Linux.Sockets;

/// <summary>How a UDP socket is to be opened.</summary>
public sealed record UdpSocketOptions
{
    /// <summary>Where to listen; port 0 lets the kernel choose. <c>[::]</c> serves IPv4 as well.</summary>
    public required InetEndpoint Bind { get; init; }

    /// <summary>
    /// The longest inner packet in bytes, 1 to 65535. Somewhat longer ones are taken too, since the other end may have chosen another MTU.
    /// </summary>
    public int LongestPacket { get; init; } = 1420;

    /// <summary>Bytes of datagrams the kernel may hold for us; it counts its own overhead on top.</summary>
    public int ReceiveBuffer { get; init; } = 4 * 1024 * 1024;

    /// <summary>Bytes of datagrams the kernel may hold on their way out.</summary>
    public int SendBuffer { get; init; } = 4 * 1024 * 1024;

    /// <summary>Whether the kernel is asked to join datagrams on their way in and to cut them on their way out.</summary>
    public bool Offload { get; init; } = true;

    /// <summary>Firewall mark of every datagram sent (SO_MARK), which keeps a full tunnel from swallowing itself; 0: none.</summary>
    public uint Mark { get; init; }
}
