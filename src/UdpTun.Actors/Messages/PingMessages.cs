using Akka.Actor;

namespace UdpTun.Actors.Messages;

/// <summary>
/// Asks a server to ping a peer's address inside the tunnel once; answered by <see cref="PeerPinged"/> when the echo is back, at once by
/// <see cref="PeerNotFound"/> or <see cref="PeerNotPinged"/>, and not at all when it never comes back.
/// </summary>
/// <param name="Peer">See <see cref="Net.Peers.PeerRegistry.Find"/>; an address inside the tunnel is itself pinged.</param>
/// <param name="Bytes">Of data in the request.</param>
public sealed record PingPeer(string Peer, int Bytes) : PeerCommand(Peer);

/// <summary>The echo is back.</summary>
/// <param name="Client">The peer's address and port outside the tunnel.</param>
/// <param name="Inner">The address that answered.</param>
/// <param name="RoundTrip">From our socket to it and back.</param>
public sealed record PeerPinged(string Client, string Inner, TimeSpan RoundTrip) : INoSerializationVerificationNeeded;

/// <summary>The ping could not be sent.</summary>
/// <param name="Client">The peer's address and port outside the tunnel.</param>
/// <param name="Reason">A half sentence.</param>
public sealed record PeerNotPinged(string Client, string Reason) : INoSerializationVerificationNeeded;
