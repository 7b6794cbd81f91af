// Stage: from the packet line to the handshakes. Thread: called on the event loops, emptied on the default dispatcher. Memory: copies
// messages of at most 148 bytes, and no more of them than may wait.
using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Net.Flows;
using UdpTun.Transport.Secure.Handshakes;
using UdpTun.Transport.Secure.Sessions;

namespace UdpTun.Actors.Peers;

/// <summary>The bounded way of handshake messages to the actor that looks at them: one for all shards, as their load is.</summary>
internal sealed class HandshakeInbox : IHandshakeInbox
{
    private const int Most = 8 * HandshakeGate.LoadedAt;

    private int _waiting;

    /// <summary>Who looks at the messages; set before the loop has a socket.</summary>
    public IActorRef Peers { get; set; } = ActorRefs.Nobody;

    /// <summary>Messages that have been told and not been looked at. Any thread.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    public bool TryAdd(ReadOnlySpan<byte> message, InetEndpoint from, int shard)
    {
        if (Interlocked.Increment(ref _waiting) > Most)
        {
            Interlocked.Decrement(ref _waiting);
            return false;
        }

        Peers.Tell(new HandshakeArrived(message.ToArray(), from, shard), ActorRefs.NoSender);
        return true;
    }

    public void Want(PeerSession session) => Peers.Tell(new SessionWanted(session), ActorRefs.NoSender);

    public void Confirmed(PeerSession session) => Peers.Tell(new SessionConfirmed(session), ActorRefs.NoSender);

    public void Opened(int shard) => Peers.Tell(new SocketOpened(shard), ActorRefs.NoSender);

    /// <summary>One message has been looked at.</summary>
    public void Taken() => Interlocked.Decrement(ref _waiting);
}
