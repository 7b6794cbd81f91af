// Stage: beside every datagram of a session. Thread: written on the event loop alone, read by the peer's actor. Memory: plain fields.
namespace UdpTun.Transport.Secure.Sessions;

/// <summary>
/// When a session did what: all that the protocol's timers need to know of the packets. One end writes, the other takes what it finds; a
/// stamp that is a moment old makes a timer a moment late.
/// </summary>
public sealed class SessionStamps
{
    private const long Never = -1;

    private long _sent = Never, _dataSent = Never, _received = Never, _unansweredSince = Never, _unacknowledgedSince = Never, _confirmed = Never;

    /// <summary>The last authenticated datagram that was sent, keepalives among them.</summary>
    public TimeSpan? Sent => Read(ref _sent);

    /// <summary>The last one with a packet in it.</summary>
    public TimeSpan? DataSent => Read(ref _dataSent);

    /// <summary>The last authenticated datagram that was received.</summary>
    public TimeSpan? Received => Read(ref _received);

    /// <summary>The first packet that was sent since something was last received; null when there was none.</summary>
    public TimeSpan? UnansweredSince => Read(ref _unansweredSince);

    /// <summary>The first packet that was received since something was last sent; null when there was none.</summary>
    public TimeSpan? UnacknowledgedSince => Read(ref _unacknowledgedSince);

    /// <summary>When the peer last proved that it has the keys of a new handshake.</summary>
    public TimeSpan? Confirmed => Read(ref _confirmed);

    internal void OnSent(TimeSpan now, bool hasPacket)
    {
        Volatile.Write(ref _sent, now.Ticks);
        Volatile.Write(ref _unacknowledgedSince, Never);
        if (!hasPacket) return;
        Volatile.Write(ref _dataSent, now.Ticks);
        if (_unansweredSince == Never) Volatile.Write(ref _unansweredSince, now.Ticks);
    }

    internal void OnReceived(TimeSpan now, bool hasPacket)
    {
        Volatile.Write(ref _received, now.Ticks);
        Volatile.Write(ref _unansweredSince, Never);
        if (hasPacket && _unacknowledgedSince == Never) Volatile.Write(ref _unacknowledgedSince, now.Ticks);
    }

    internal void OnConfirmed(TimeSpan now) => Volatile.Write(ref _confirmed, now.Ticks);

    private static TimeSpan? Read(ref long ticks) => Volatile.Read(ref ticks) is >= 0 and var at ? TimeSpan.FromTicks(at) : null;
}
