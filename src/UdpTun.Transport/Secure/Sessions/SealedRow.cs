// Stage: between sealing and the socket. Thread: event loop. Memory: leases bursts, which the batches it gives away hold.
using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;

namespace UdpTun.Transport.Secure.Sessions;

/// <summary>
/// Datagrams on their way out. Those of a round lie one behind the other in one burst, with nothing between, whoever they are for, so that a round of many small
/// batches leases no more than one of a few large ones; those of one batch become one batch, or two where a burst ends between them.
/// </summary>
internal sealed class SealedRow
{
    private readonly Queue<PacketBatch> _ready = new();
    private PacketBurst? _open;
    private int _first;
    private InetEndpoint _to;

    /// <summary>The datagrams that follow go there.</summary>
    public void Begin(InetEndpoint to)
    {
        _to = to;
        _first = _open?.Count ?? 0;
    }

    /// <summary>Room for one more datagram, to be filled before the next call; false when all buffers are out.</summary>
    public bool TryPlace(int length, PacketPool pool, out Span<byte> datagram)
    {
        datagram = default;
        if (_open is null || !_open.HasRoomFor(length))
        {
            End();
            EndRound();
            if (!pool.TryLease(out _open!)) return false;
            _first = 0;
        }

        datagram = _open.Bytes.AsSpan(_open.OffsetBehind, length);
        return true;
    }

    /// <summary>Takes the datagram that was filled.</summary>
    public void Append(int length, TrafficClass outerClass) => _open!.AppendBehind(length, outerClass);

    /// <summary>The present peer's datagrams are all there.</summary>
    public void End()
    {
        if (_open is null || _open.Count == _first) return;
        _ready.Enqueue(_open.Share(_first, _open.Count - _first, _to));
        _first = _open.Count;
    }

    public bool TryTake(out PacketBatch datagrams) => _ready.TryDequeue(out datagrams!);

    /// <summary>Lets go of the burst; what lies in it stays with its batches.</summary>
    public void EndRound()
    {
        _open?.Release();
        _open = null;
        _first = 0;
    }
}
