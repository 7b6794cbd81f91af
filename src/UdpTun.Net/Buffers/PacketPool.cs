using System.Runtime.CompilerServices;

namespace UdpTun.Net.Buffers;

/// <summary>
/// A bounded pool of pinned bursts. The pool is the line's memory bound and its drop point: a reader that gets no lease leaves
/// its packets in the kernel's queue. What was returned last is leased next: its bytes are still in the processor's caches, and what a
/// crowd once needed is not touched again. Thread-safe; allocates only while it grows to its bound.
/// </summary>
public sealed class PacketPool
{
    private readonly Lock _gate = new();
    private readonly PacketBurst[] _made;
    private readonly PacketBurst[] _free;
    private readonly int _burstBytes;
    private int _madeCount, _freeCount;
    private long _exhausted;

    /// <param name="maxBursts">Bursts that may be out at once, 1 or more.</param>
    /// <param name="burstBytes">Bytes of each burst's buffer; the default holds eight joined datagrams or super-packets of 64 KB (ADR 0016).</param>
    public PacketPool(int maxBursts, int burstBytes = 544 * 1024)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBursts, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(burstBytes, 2048);
        (_made, _free) = (new PacketBurst[maxBursts], new PacketBurst[maxBursts]);
        _burstBytes = burstBytes;
    }

    /// <summary>Bursts leased and not yet returned.</summary>
    public int Outstanding
    {
        get { lock (_gate) return _madeCount - _freeCount; }
    }

    /// <summary>How often a lease was refused because all bursts were out.</summary>
    public long Exhausted => Volatile.Read(ref _exhausted);

    /// <summary>Which source files leased the bursts that are out, and how many each; empty when none is.</summary>
    public string LeasedBy
    {
        get
        {
            lock (_gate)
            {
                return string.Join(", ", _made.Take(_madeCount).Select(burst => burst.LeasedBy).OfType<string>()
                    .CountBy(file => file).Select(leases => $"{Path.GetFileNameWithoutExtension(leases.Key)} {leases.Value}"));
            }
        }
    }

    /// <summary>An empty burst held once by the caller, or false when all are out.</summary>
    /// <param name="burst">The lease.</param>
    /// <param name="caller">Filled in by the compiler, for <see cref="LeasedBy"/>.</param>
    public bool TryLease(out PacketBurst burst, [CallerFilePath] string caller = "")
    {
        lock (_gate)
        {
            if (_freeCount > 0)
            {
                burst = _free[--_freeCount];
            }
            else if (_madeCount < _made.Length)
            {
                burst = _made[_madeCount++] = new PacketBurst(this, _burstBytes);
            }
            else
            {
                _exhausted++;
                burst = null!;
                return false;
            }
        }

        burst.StartLease(caller);
        return true;
    }

    internal void Return(PacketBurst burst)
    {
        lock (_gate) _free[_freeCount++] = burst;
    }
}
