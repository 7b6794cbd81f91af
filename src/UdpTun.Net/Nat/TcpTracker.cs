// Stage: every TCP packet of a session. Thread: the loop. Memory: part of the session.
using UdpTun.Net.Headers;

namespace UdpTun.Net.Nat;

/// <summary>
/// The part of TCP's state machine that decides a session's idle timeout (RFC 5382 section 5, RFC 7857 section 2). Sequence numbers are
/// not followed: a forged RST shortens the timeout to that of closing and ends nothing.
/// </summary>
/// <remarks>
/// A side has proved that it hears the other once it has sent an ACK. Both ACKs mean established, by whichever way they
/// came about: the three-way handshake, a simultaneous open, or a connection older than this table (the server was
/// restarted), whose first packet is no SYN. Until then the opening timeout holds, so a stray ACK of a scan is soon forgotten.
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
    }

    private Seen _seen;

    public SessionState State { get; private set; }

    public void See(TcpFlags flags, bool outbound)
    {
        if (State == SessionState.Closing && IsFreshSyn(flags)) Reopen();
        if (State == SessionState.Closing) return;

        // Bit by bit: HasFlag boxes until the method has been optimised.
        if ((flags & TcpFlags.Ack) != 0) _seen |= outbound ? Seen.OutboundAck : Seen.InboundAck;
        if ((flags & TcpFlags.Fin) != 0) _seen |= outbound ? Seen.OutboundFin : Seen.InboundFin;
        if ((flags & TcpFlags.Rst) != 0 || (_seen & Seen.BothFins) == Seen.BothFins) State = SessionState.Closing;
        else if ((_seen & Seen.BothAcks) == Seen.BothAcks) State = SessionState.Established;
    }

    // The same two endpoints begin anew before the closed session was swept (RFC 9293 section 3.6.1: a SYN may cut TIME-WAIT short).
    private static bool IsFreshSyn(TcpFlags flags) => (flags & (TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Rst | TcpFlags.Fin)) == TcpFlags.Syn;

    private void Reopen()
    {
        _seen = Seen.None;
        State = SessionState.Opening;
    }
}
