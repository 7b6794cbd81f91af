// The line's stage between TUN ends: datagrams between the kernel's socket queue and a burst. Runs on the loop's thread, never blocks,
// allocates nothing.
using UdpTun.Linux.Interop;
using UdpTun.Linux.Polling;
using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;
using UdpTun.Net.Io;

namespace UdpTun.Linux.Sockets;

/// <summary>An open, unconnected UDP socket: one datagram carries one packet.</summary>
/// <param name="descriptor">The socket; owned from now on.</param>
/// <param name="local">What it is bound to.</param>
/// <param name="receiver">Its way in.</param>
/// <param name="sender">Its way out.</param>
/// <param name="replies">What both share of the peers; null where the kernel's choice is right.</param>
/// <param name="offload">What the kernel granted to both.</param>
internal sealed class UdpSocket(
    FileDescriptor descriptor, InetEndpoint local, DatagramReceiver receiver, DatagramSender sender, ReplyAddresses? replies, UdpOffload offload)
    : IUdpSocket, IDescriptorSource
{
    public FileDescriptor Descriptor { get; } = descriptor;

    public string Name { get; } = NameOf(local);

    public InetEndpoint LocalEndpoint { get; } = local;

    public UdpOffload Offload { get; } = offload;

    /// <summary>Closes the descriptor, where somebody keeps count of the sockets; null: nobody does.</summary>
    public Action<UdpSocket>? Closing { private get; set; }

    public static string NameOf(InetEndpoint local) => $"udp {local}";

    public IoResult Receive(PacketBurst burst) => receiver.Receive(burst);

    public IoResult Send(ReadOnlySpan<PacketBatch> queue, int firstPacket) => sender.Send(queue, firstPacket);

    public void Confirm(InetEndpoint remote, ushort path) => replies?.Confirm(remote, path);

    public void Dispose()
    {
        if (Closing is null) Descriptor.Dispose();
        else Closing(this);
    }
}
