using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;
using UdpTun.Net.Io;

namespace UdpTun.Pieces.Ends;

/// <summary>A socket in which equal bursts of datagrams arrive, one at each read, as many as it is told.</summary>
internal sealed class BurstSource(InetEndpoint sender, byte[] datagram, int packets) : IUdpSocket
{
    private int _bursts;

    public string Name => "source";

    public InetEndpoint LocalEndpoint => default;

    public UdpOffload Offload => default;

    public bool IsReadable => Volatile.Read(ref _bursts) > 0;

    public void Arrive(int bursts) => Volatile.Write(ref _bursts, bursts);

    public IoResult Receive(PacketBurst burst)
    {
        if (!IsReadable) return new IoResult(IoStatus.WouldBlock, 0, 0);
        for (var i = 0; i < packets; i++)
        {
            datagram.CopyTo(burst.Bytes, burst.NextOffset);
            burst.Append(datagram.Length, remote: sender);
        }

        _bursts--;
        return new IoResult(IoStatus.WouldBlock, packets, 0);
    }

    public IoResult Send(ReadOnlySpan<PacketBatch> queue, int firstPacket) => throw new NotSupportedException("nothing is sent back");

    public void Confirm(InetEndpoint remote, ushort path)
    {
    }

    public void Dispose()
    {
    }
}
