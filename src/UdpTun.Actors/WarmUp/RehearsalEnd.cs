using System.Collections.Concurrent;
using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;
using UdpTun.Net.Io;

namespace UdpTun.Actors.WarmUp;

/// <summary>An end of a line in memory, TUN or socket: what arrives is read, what is written is handed to <paramref name="written"/>.</summary>
/// <param name="written">Takes a copy of each packet; runs on the loop's thread.</param>
internal sealed class RehearsalEnd(Action<byte[]> written) : ITunDevice, IUdpSocket
{
    private readonly ConcurrentQueue<(byte[] Packet, InetEndpoint Remote)> _arrived = new();

    public string Name => "rehearsal";

    public int Mtu => 1420;

    public InetEndpoint LocalEndpoint => default;

    TunOffload ITunDevice.Offload => new(true, true);

    UdpOffload IUdpSocket.Offload => default;

    /// <summary>Who is told that something can be read.</summary>
    public IActorRef? Reader { get; set; }

    /// <summary>Any thread.</summary>
    public void Arrive(byte[] packet, InetEndpoint remote)
    {
        _arrived.Enqueue((packet, remote));
        Reader?.Tell(ReadReady.Instance, ActorRefs.NoSender);
    }

    public IoResult Read(PacketBurst burst)
    {
        while (_arrived.TryDequeue(out var next))
        {
            next.Packet.CopyTo(burst.Bytes, burst.NextOffset);
            burst.Append(next.Packet.Length, default, next.Remote);
            if (!burst.HasRoomFor(Mtu)) break;
        }

        return new IoResult(IoStatus.Ok, burst.Count, 0);
    }

    public IoResult Write(ReadOnlySpan<PacketBatch> queue, int firstPacket)
    {
        var packets = 0;
        foreach (var batch in queue)
        {
            for (var i = firstPacket; i < batch.Count; i++, packets++)
            {
                if (batch[i].Length > 0) written(batch.Packet(i).ToArray());
            }

            firstPacket = 0;
        }

        return new IoResult(IoStatus.Ok, packets, 0);
    }

    public IoResult Receive(PacketBurst burst) => Read(burst);

    public IoResult Send(ReadOnlySpan<PacketBatch> queue, int firstPacket) => Write(queue, firstPacket);

    public void Dispose()
    {
        // Holds nothing but memory.
    }
}
