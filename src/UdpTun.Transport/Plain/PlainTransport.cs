// Stage: between the UDP socket and the routes. Thread: event loop. Memory: the burst's, rewritten by nobody here.
using System.Buffers.Binary;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;

namespace UdpTun.Transport.Plain;

/// <summary>
/// The article's format: a datagram is exactly one IP packet with nothing in front or behind. Neither encrypted nor
/// authenticated. Only the packet's shape is checked here (version and length), which is what keeps noise out of a client's
/// TUN; a server checks the rest when it looks for the flow.
/// </summary>
public sealed class PlainTransport : ITransport
{
    private const int V4HeaderBytes = 20, V4TotalLengthOffset = 2; // RFC 791 section 3.1
    private const int V6HeaderBytes = 40, V6PayloadLengthOffset = 4; // RFC 8200 section 3

    private readonly Queue<PacketBatch> _ready = new();

    public string Name => "plain";

    public bool Authenticates => false;

    public void Open(PacketBurst burst, in TransportTurn turn)
    {
        for (var i = 0; i < burst.Count; i++)
        {
            var reason = Check(burst.Packet(i));
            if (reason == DropReason.None) continue;
            turn.Drops.Add(reason);
            burst.Drop(i);
        }
    }

    /// <summary>One raw IP packet per datagram: there is nothing to add.</summary>
    public void Seal(PacketBatch batch, in TransportTurn turn) => _ready.Enqueue(batch);

    public bool TryTakeReady(out PacketBatch datagrams) => _ready.TryDequeue(out datagrams!);

    public void EndRound()
    {
        // Datagrams are made in place.
    }

    private static DropReason Check(ReadOnlySpan<byte> datagram)
    {
        if (datagram.IsEmpty) return DropReason.Truncated;
        var (headerBytes, length) = (datagram[0] >> 4) switch
        {
            4 when datagram.Length >= V4HeaderBytes =>
                (V4HeaderBytes, BinaryPrimitives.ReadUInt16BigEndian(datagram[V4TotalLengthOffset..])),
            6 when datagram.Length >= V6HeaderBytes =>
                (V6HeaderBytes, V6HeaderBytes + BinaryPrimitives.ReadUInt16BigEndian(datagram[V6PayloadLengthOffset..])),
            4 or 6 => (0, 0),
            _ => (-1, 0),
        };
        return headerBytes switch
        {
            -1 => DropReason.NotIp,
            0 => DropReason.Truncated,
            _ when length > datagram.Length => DropReason.Truncated,
            _ when length != datagram.Length => DropReason.BadLength,
            _ => DropReason.None,
        };
    }
}
