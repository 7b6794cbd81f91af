using Akka.Actor;
using UdpTun.Actors.Settings;
using UdpTun.Transport.Secure.Handshakes;
using UdpTun.Transport.Secure.Sessions;

namespace UdpTun.Actors.Peers;

/// <summary>One peer as its parent keeps it: settings, session, actor, and what that actor last said of its handshakes.</summary>
internal sealed class PeerSlot(PeerSettings settings, PeerSession session)
{
    private HandshakeState _state = new(null, false, 0, HandshakeFailure.None, null);

    public PeerSettings Settings { get; set; } = settings;

    public PeerSession Session { get; } = session;

    public IActorRef Actor { get; set; } = ActorRefs.Nobody;

    /// <summary>Written by the peer's actor, read by whoever asks. Any thread.</summary>
    public HandshakeState State
    {
        get => Volatile.Read(ref _state);
        set => Volatile.Write(ref _state, value);
    }
}

/// <param name="EstablishedAt">When keys were last agreed on, by the time of day.</param>
/// <param name="HasSession">Whether there are keys that may still be used.</param>
/// <param name="Attempts">Initiations since.</param>
/// <param name="Failure">What stands in the way.</param>
/// <param name="Cipher">What encrypts its packets, as the standard spells it; null: there are no keys.</param>
internal sealed record HandshakeState(DateTimeOffset? EstablishedAt, bool HasSession, int Attempts, HandshakeFailure Failure, string? Cipher);
