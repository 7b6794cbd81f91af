using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Io;

namespace UdpTun.Testing.Io;

/// <summary>
/// One end of the line without a kernel. A test lets packets arrive and looks at what was written, from any thread; the
/// line uses it from its loop. Disposing is recorded and answers every later call with <see cref="IoStatus.Lost"/>.
/// </summary>
public abstract class InMemoryDevice : IPollSource
{
    private readonly Lock _lock = new();
    private readonly Queue<(byte[] Bytes, PacketOffload Offload, InetEndpoint Remote, TrafficClass OuterClass)> _arrived = new();
    private readonly List<WrittenPacket> _written = [];
    private IoStatus _condition = IoStatus.Ok;
    private int _writeRoom = int.MaxValue;
    private int _writtenCount;
    private bool _disposed;

    private protected InMemoryDevice(string name) => Name = name;

    public string Name { get; }

    /// <summary>
    /// What the device answers: Ok; WouldBlock (takes nothing, packets still arrive); Down (refuses writes, nothing
    /// arrives); Lost (everything answers Lost, and the poller reports it). May be changed at any time.
    /// </summary>
    public IoStatus Condition
    {
        get { lock (_lock) return _disposed ? IoStatus.Lost : _condition; }
        set
        {
            lock (_lock) _condition = value;
            Changed?.Invoke();
        }
    }

    /// <summary>Packets that the device still takes before it answers WouldBlock; unlimited unless set.</summary>
    public int WriteRoom
    {
        get { lock (_lock) return _writeRoom; }
        set
        {
            lock (_lock) _writeRoom = value;
            Changed?.Invoke();
        }
    }

    /// <summary>Keep a copy of what is written; switched off where a test measures allocation.</summary>
    public bool Recording { get; set; } = true;

    /// <summary>Packets taken so far, dropped ones not counted.</summary>
    public int WrittenCount { get { lock (_lock) return _writtenCount; } }

    /// <summary>Packets that arrived and were not yet read.</summary>
    public int Pending { get { lock (_lock) return _arrived.Count; } }

    public bool IsDisposed { get { lock (_lock) return _disposed; } }

    /// <summary>Raised on the caller's thread when the device may have become readable or writable; the poller listens.</summary>
    internal event Action? Changed;

    internal bool IsReadable
    {
        get { lock (_lock) return _disposed || _condition == IoStatus.Lost || (_condition != IoStatus.Down && _arrived.Count > 0); }
    }

    internal bool IsWritable { get { lock (_lock) return _condition != IoStatus.WouldBlock && _writeRoom > 0; } }

    internal bool IsLost => Condition == IoStatus.Lost;

    public void Dispose()
    {
        lock (_lock) _disposed = true;
    }

    private protected void Enqueue(byte[] packet, PacketOffload offload, InetEndpoint remote, TrafficClass outerClass = default)
    {
        lock (_lock) _arrived.Enqueue((packet, offload, remote, outerClass));
        Changed?.Invoke();
    }

    private protected void EnqueueTogether(IEnumerable<byte[]> packets, PacketOffload offload, InetEndpoint remote)
    {
        lock (_lock)
        {
            foreach (var packet in packets) _arrived.Enqueue((packet, offload, remote, default));
        }

        Changed?.Invoke();
    }

    private protected IReadOnlyList<WrittenPacket> Snapshot()
    {
        lock (_lock) return [.. _written];
    }

    private protected IoResult ReadInto(PacketBurst burst)
    {
        lock (_lock)
        {
            if (_disposed || _condition == IoStatus.Lost) return new IoResult(IoStatus.Lost, 0, 0);
            var packets = 0;
            while (_condition != IoStatus.Down && _arrived.TryPeek(out var next))
            {
                if (!burst.HasRoomFor(next.Bytes.Length)) return new IoResult(IoStatus.Ok, packets, 0);
                _arrived.Dequeue();
                next.Bytes.CopyTo(burst.Bytes, burst.NextOffset);
                burst.AppendAt(burst.NextOffset, next.Bytes.Length, next.Offload, next.Remote, next.OuterClass);
                packets++;
            }

            return new IoResult(IoStatus.WouldBlock, packets, 0);
        }
    }

    private protected IoResult TakeFrom(ReadOnlySpan<PacketBatch> queue, int firstPacket)
    {
        lock (_lock)
        {
            var packets = 0;
            foreach (var batch in queue)
            {
                for (var i = firstPacket; i < batch.Count; i++, packets++)
                {
                    if (Refusal() is { } status) return new IoResult(status, packets, 0);
                    if (batch[i].Length > 0 && !batch[i].IsTail) Take(batch, i);
                }

                firstPacket = 0;
            }

            return new IoResult(IoStatus.Ok, packets, 0);
        }
    }

    private IoStatus? Refusal()
    {
        if (_disposed) return IoStatus.Lost;
        if (_condition != IoStatus.Ok) return _condition;
        return _writeRoom == 0 ? IoStatus.WouldBlock : null;
    }

    private void Take(PacketBatch batch, int index)
    {
        if (_writeRoom != int.MaxValue) _writeRoom--;
        _writtenCount++;
        if (Recording) _written.Add(new WrittenPacket(Whole(batch, index), batch[index].Offload, batch.Remote, batch[index].OuterClass));
    }

    private static byte[] Whole(PacketBatch batch, int index)
    {
        var tails = Enumerable.Range(index + 1, batch.TailsOf(index)).SelectMany(tail => batch.Packet(tail).ToArray());
        return [.. batch.Packet(index), .. tails];
    }
}
