using Akka.Actor;

namespace UdpTun.Actors.Messages;

/// <summary>What the operator wants done to one peer. Whom the name does not fit alone is answered for by <see cref="PeerNotFound"/>.</summary>
/// <param name="Peer">See <see cref="Net.Peers.IPeerRegistry.Find"/>.</param>
public abstract record PeerCommand(string Peer) : INoSerializationVerificationNeeded;

/// <summary>The name of a peer fits nobody, or several.</summary>
/// <param name="Matches">Addresses and ports outside the tunnel of those that it fits.</param>
public sealed record PeerNotFound(IReadOnlyList<string> Matches) : INoSerializationVerificationNeeded;

/// <summary>Asks a NAT for the peers that a name fits; answered by <see cref="PeersFound"/>.</summary>
internal sealed record FindPeers(string Name) : INoSerializationVerificationNeeded;

/// <param name="Clients">Their addresses and ports outside the tunnel.</param>
internal sealed record PeersFound(IReadOnlyList<string> Clients) : INoSerializationVerificationNeeded;
