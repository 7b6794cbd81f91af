// Stage: every TCP packet of a session. Thread: the loop. Memory: part of the session.
using UdpTun.Net.Headers;

namespace UdpTun.Net.Nat;

/// <summary>
/// The part of TCP's state machine that decides a session's idle timeout (RFC 5382 section 5, RFC 7857 section 2).
/// </summary>
/// <remarks>
/// A side has proved that it hears the other once it has sent an ACK. Both ACKs mean established, by whichever way they
/// came about: the three-way handshake, a simultaneous open, or a connection older than this table (the server was
/// restarted), whose first packet is no SYN. Until then the opening timeout holds, so a stray ACK of a scan is soon forgotten.
/// <para>
/// A RST is translated and begins the closing timeout, no more: sequence numbers are not followed, so a forged one cannot be told from a
/// true one here (the check of RFC 7857 section 2.2 is left to the ends). After a true one the ends fall silent or answer
/// with RSTs; when both have sent something else, it was forged and the connection is what it was before (same section).
/// </para>
/// </remarks>
internal struct TcpTracker
{
    [Flags]
    private enum Seen : byte
    {
        None = 0,
        OutboundAck = 1,
        InboundAck = 2,
        BothAcks = OutboundAck | InboundAck,
        OutboundFin = 4,
        InboundFin = 8,
        BothFins = OutboundFin | InboundFin,
        Reset = 16,
        OutboundSinceReset = 32,
        InboundSinceReset = 64,
        BothSinceReset = OutboundSinceReset | InboundSinceReset,
    }

    private Seen _seen;

    /// <summary>All that the tracker knows; what it is given, it goes on from.</summary>
    public byte Progress
    {
        readonly get => (byte)_seen;
        set => _seen = (Seen)value;
    }

    public readonly SessionState State =>
        (_seen & Seen.Reset) != 0 || (_seen & Seen.BothFins) == Seen.BothFins ? SessionState.Closing
        : (_seen & Seen.BothAcks) == Seen.BothAcks ? SessionState.Established
        : SessionState.Opening;

    /// <returns>
    /// Whether the packet keeps the session alive. A RST does when it is what ends the connection; those behind it do not, or
    /// else a client that answers a stranger's packets with RSTs would hold the session for ever.
    /// </returns>
    public bool See(TcpFlags flags, bool outbound)
    {
        var wasClosing = State == SessionState.Closing;
        // Bit by bit: HasFlag boxes until the method has been optimised.
        if ((flags & TcpFlags.Rst) != 0)
        {
            _seen = (_seen & ~Seen.BothSinceReset) | Seen.Reset;
            return !wasClosing;
        }

        if (wasClosing && IsFreshSyn(flags)) _seen = Seen.None;
        if ((flags & TcpFlags.Ack) != 0) _seen |= outbound ? Seen.OutboundAck : Seen.InboundAck;
        if ((flags & TcpFlags.Fin) != 0) _seen |= outbound ? Seen.OutboundFin : Seen.InboundFin;
        if ((_seen & Seen.Reset) != 0) GoOnAfterReset(outbound);
        return true;
    }

    /// <summary>
    /// The first packet of a connection. In a closed session the same two endpoints begin anew with it before the sweep has come
    /// (RFC 9293 section 3.6.1: a SYN may cut TIME-WAIT short).
    /// </summary>
    public static bool IsFreshSyn(TcpFlags flags) => (flags & (TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Rst | TcpFlags.Fin)) == TcpFlags.Syn;

    private void GoOnAfterReset(bool outbound)
    {
        _seen |= outbound ? Seen.OutboundSinceReset : Seen.InboundSinceReset;
        if ((_seen & Seen.BothSinceReset) == Seen.BothSinceReset) _seen &= ~(Seen.Reset | Seen.BothSinceReset);
    }
}
