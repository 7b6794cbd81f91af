using UdpTun.Net.Counters;

namespace UdpTun.Net.Nat;

/// <summary>What went no further of one flow. Written on the loop; made once, since a killed flow may go on for long.</summary>
public sealed class SessionDrop
{
    /// <summary>Why the last packet did not.</summary>
    public DropReason Reason { get; private set; }

    /// <summary>When, on the table's clock.</summary>
    public TimeSpan At { get; private set; }

    /// <summary>All such packets of the flow so far, for whatever reason.</summary>
    public long Packets { get; private set; }

    internal void Add(DropReason reason, long packets, TimeSpan now) => (Reason, At, Packets) = (reason, now, Packets + packets);
}
