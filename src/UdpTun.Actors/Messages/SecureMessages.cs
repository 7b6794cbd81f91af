using System.Collections.Frozen;
using Akka.Actor;
using UdpTun.Actors.Settings;
using UdpTun.Net.Flows;
using UdpTun.Transport.Secure.Commands;
using UdpTun.Transport.Secure.Handshakes;
using UdpTun.Transport.Secure.Keys;
using UdpTun.Transport.Secure.Sessions;

namespace UdpTun.Actors.Messages;

/// <summary>These are the peers of the secure transport from now on; those that stay keep their sessions. Nobody answers.</summary>
public sealed record ApplyPeers(IReadOnlyList<PeerSettings> Peers) : INoSerializationVerificationNeeded
{
    /// <summary>Where peers are from now on, wherever they were heard last; of those that are not in it nothing is said.</summary>
    public IReadOnlyDictionary<PublicKey, InetEndpoint> Located { get; init; } = FrozenDictionary<PublicKey, InetEndpoint>.Empty;
}

/// <summary>Our private key is another one from now on, and these are the peers; no session goes on. Nobody answers.</summary>
public sealed record UsePrivateKey(SecretKey Key, ApplyPeers Peers) : INoSerializationVerificationNeeded;

/// <summary>
/// Asks for a sign that the packet half of each shard has done what it was told before; answered by <see cref="PacketHalvesReached"/>. For who
/// has changed the peers and is to say so when packets go by it.
/// </summary>
public sealed record ReachPacketHalves : INoSerializationVerificationNeeded
{
    public static readonly ReachPacketHalves Instance = new();
}

/// <summary>The answer, of one packet half and of all.</summary>
public sealed record PacketHalvesReached : INoSerializationVerificationNeeded
{
    public static readonly PacketHalvesReached Instance = new();
}

/// <summary>The peer's quota begins anew: what is used of it is forgiven, and no flow ends. Answered by <see cref="QuotaReset"/>.</summary>
public sealed record ResetQuota(PublicKey Peer) : INoSerializationVerificationNeeded;

/// <param name="Forgiven">Bytes that had been used.</param>
public sealed record QuotaReset(long Forgiven) : INoSerializationVerificationNeeded;

/// <summary>Asks for the peers of the secure transport; answered by <see cref="SecurePeersReport"/>.</summary>
public sealed record GetSecurePeers : INoSerializationVerificationNeeded
{
    public static readonly GetSecurePeers Instance = new();
}

/// <summary>The peers of the secure transport as they are, in the order of their settings.</summary>
public sealed record SecurePeersReport(PublicKey OwnKey, IReadOnlyList<SecurePeerReport> Peers) : INoSerializationVerificationNeeded;

/// <summary>How it stands with one peer.</summary>
/// <param name="Settings">What was asked for. Holds secrets: not to be shown whole.</param>
/// <param name="Endpoint">Where it was last heard of, or is looked for; null: not known.</param>
/// <param name="LatestHandshake">When keys were last agreed on, by the time of day; null: never.</param>
/// <param name="HasSession">Whether datagrams pass.</param>
/// <param name="Attempts">Initiations without success since then.</param>
/// <param name="Failure">What stands in the way, as far as this end can tell.</param>
/// <param name="ReceivedBytes">Authentic datagrams with their headers.</param>
/// <param name="SentBytes">The same the other way.</param>
public sealed record SecurePeerReport(
    PeerSettings Settings, InetEndpoint? Endpoint, DateTimeOffset? LatestHandshake, bool HasSession, int Attempts, HandshakeFailure Failure,
    long ReceivedBytes, long SentBytes)
{
    /// <summary>Bytes of inner packets that have passed while it had limits, over all runs.</summary>
    public long UsedBytes { get; init; }

    /// <summary>What encrypts its packets, as the standard spells it; null: there is no session.</summary>
    public string? Cipher { get; init; }
}

/// <summary>A handshake message has come in, by a shard's socket, whose first mac is right.</summary>
internal sealed record HandshakeArrived(byte[] Message, InetEndpoint From, int Shard) : INoSerializationVerificationNeeded;

/// <summary>Packets wait for a session.</summary>
internal sealed record SessionWanted(PeerSession Session) : INoSerializationVerificationNeeded;

/// <summary>The peer has used the keys that it asked for.</summary>
internal sealed record SessionConfirmed(PeerSession Session) : INoSerializationVerificationNeeded;

/// <summary>The shard has a socket, new or again.</summary>
internal sealed record SocketOpened(int Shard) : INoSerializationVerificationNeeded;

/// <summary>A handshake message on its way to the peer that it names.</summary>
internal sealed record ForPeer(PeerMessage Message) : INoSerializationVerificationNeeded;

/// <summary>Something for the packet half to do, on the loop.</summary>
internal sealed record ForTransport(SecureCommand Command) : INoSerializationVerificationNeeded;

/// <summary>The receiver's peer has other settings from now on; its public key is the same.</summary>
/// <param name="Settings">The settings.</param>
/// <param name="HasMoved">Whether the packet half was told another endpoint of it.</param>
internal sealed record ChangePeer(PeerSettings Settings, bool HasMoved) : INoSerializationVerificationNeeded;
