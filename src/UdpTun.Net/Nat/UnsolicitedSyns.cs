// Stage: beside the line; SYNs from outside that nobody takes. Thread: the loop. Memory: a ring of fixed size.
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;

namespace UdpTun.Net.Nat;

/// <summary>
/// SYNs from outside that wait for their answer (RFC 5382 section 4.3, REQ-4): a client may be about to open the same connection from its side,
/// and an error would end the remote's attempt. Only when it has not done so for six seconds is the remote told.
/// </summary>
public sealed class UnsolicitedSyns
{
    /// <summary>How long a SYN is met with silence.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(6);

    /// <summary>SYNs that wait at once; of more than that some are never answered.</summary>
    public const int Capacity = 256;

    private const int MaxQuote = 128; // what an ICMP error of ours quotes

    private readonly Held[] _ring = new Held[Capacity];
    private int _first;
    private int _count;

    /// <summary>Keeps the beginning of a SYN that was not let in. Anything else is not kept, nor a SYN when as many wait as there is room for.</summary>
    public void Hold(ReadOnlySpan<byte> packet, in FlowKey flow, TimeSpan now)
    {
        if (flow.Protocol != IpProtocol.Tcp || _count == Capacity || !IsSyn(packet)) return;
        ref var held = ref _ring[(_first + _count++) % Capacity];
        held.Bytes ??= new byte[MaxQuote];
        held.Length = Math.Min(packet.Length, MaxQuote);
        packet[..held.Length].CopyTo(held.Bytes);
        (held.Flow, held.DueAt) = (flow, now + Silence);
    }

    /// <summary>The next SYN whose silence is over; it is then forgotten here.</summary>
    /// <param name="now">The time on the table's clock.</param>
    /// <param name="flow">Its flow as it came in.</param>
    /// <param name="packet">As much of it as an error quotes; overwritten by a later <see cref="Hold"/>.</param>
    public bool TryTakeDue(TimeSpan now, out FlowKey flow, out ReadOnlySpan<byte> packet)
    {
        flow = default;
        packet = default;
        if (_count == 0 || _ring[_first].DueAt > now) return false;
        ref readonly var held = ref _ring[_first];
        flow = held.Flow;
        packet = held.Bytes.AsSpan(0, held.Length);
        _first = (_first + 1) % Capacity;
        _count--;
        return true;
    }

    private static bool IsSyn(ReadOnlySpan<byte> packet) =>
        IpHeader.TryLocate(packet, out var ip) == DropReason.None
        && ip.Protocol == (byte)IpProtocol.Tcp && ip.FragmentOffset == 0 && ip.Payload.Length >= TransportHeader.TcpLength
        && TcpTracker.IsFreshSyn(NatTranslator.FlagsOf(packet, ip.Length));

    private struct Held
    {
        public FlowKey Flow;
        public TimeSpan DueAt;
        public byte[]? Bytes;
        public int Length;
    }
}
