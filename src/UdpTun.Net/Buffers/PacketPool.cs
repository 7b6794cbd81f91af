using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace UdpTun.Net.Buffers;

/// <summary>
/// A bounded pool of pinned bursts. The pool is the line's memory bound and its drop point: a reader that gets no lease leaves
/// its packets in the kernel's queue. Thread-safe; allocates only while it grows to its bound.
/// </summary>
public sealed class PacketPool
{
    private readonly ConcurrentQueue<PacketBurst> _free = new();
    private readonly ConcurrentQueue<PacketBurst> _all = new();
    private readonly int _burstBytes;
    private readonly int _maxBursts;
    private int _made;
    private int _outstanding;
    private long _exhausted;

    /// <param name="maxBursts">Bursts that may be out at once, 1 or more.</param>
    /// <param name="burstBytes">Bytes of each burst's buffer; the default holds eight joined datagrams or super-packets of 64 KB (ADR 0016).</param>
    public PacketPool(int maxBursts, int burstBytes = 544 * 1024)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBursts, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(burstBytes, 2048);
        _maxBursts = maxBursts;
        _burstBytes = burstBytes;
    }

    /// <summary>Bursts leased and not yet returned.</summary>
    public int Outstanding => Volatile.Read(ref _outstanding);

    /// <summary>How often a lease was refused because all bursts were out.</summary>
    public long Exhausted => Volatile.Read(ref _exhausted);

    /// <summary>Which source files leased the bursts that are out, and how many each; empty when none is.</summary>
    public string LeasedBy => string.Join(", ", _all.Select(burst => burst.LeasedBy).OfType<string>()
        .CountBy(file => file).Select(leases => $"{Path.GetFileNameWithoutExtension(leases.Key)} {leases.Value}"));

    /// <summary>An empty burst held once by the caller, or false when all are out.</summary>
    /// <param name="burst">The lease.</param>
    /// <param name="caller">Filled in by the compiler, for <see cref="LeasedBy"/>.</param>
    public bool TryLease(out PacketBurst burst, [CallerFilePath] string caller = "")
    {
        if (!_free.TryDequeue(out var free) && !TryMake(out free))
        {
            Interlocked.Increment(ref _exhausted);
            burst = null!;
            return false;
        }

        burst = free;
        Interlocked.Increment(ref _outstanding);
        burst.StartLease(caller);
        return true;
    }

    internal void Return(PacketBurst burst)
    {
        Interlocked.Decrement(ref _outstanding);
        _free.Enqueue(burst);
    }

    private bool TryMake(out PacketBurst burst)
    {
        if (Interlocked.Increment(ref _made) <= _maxBursts)
        {
            burst = new PacketBurst(this, _burstBytes);
            _all.Enqueue(burst);
            return true;
        }

        Interlocked.Decrement(ref _made);
        burst = null!;
        return false;
    }
}
