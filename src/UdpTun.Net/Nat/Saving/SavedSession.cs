using UdpTun.Net.Flows;

namespace UdpTun.Net.Nat.Saving;

/// <summary>One session as data. Its mapping is that of every session with the same client, protocol and inner endpoint.</summary>
/// <param name="Client">See <see cref="Peers.Peer.Identity"/>: ids of peers and sessions are a run's own.</param>
/// <param name="Protocol">The mapping's protocol.</param>
/// <param name="Inner">The mapping's inner endpoint.</param>
/// <param name="Outer">The mapping's outer endpoint.</param>
/// <param name="Remote">Whom the client talks to.</param>
/// <param name="IsFromOutside">Whether the remote began it.</param>
/// <param name="Progress">How far the protocol has come; see <see cref="NatSession"/>.</param>
/// <param name="Idle">Time since the last packet that kept the session alive.</param>
/// <param name="Age">Time since it was opened.</param>
public sealed record SavedSession(
    string Client, IpProtocol Protocol, InetEndpoint Inner, InetEndpoint Outer, InetEndpoint Remote, bool IsFromOutside,
    byte Progress, TimeSpan Idle, TimeSpan Age);
