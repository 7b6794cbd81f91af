namespace UdpTun.Host.Control.Treatment;

/// <summary>What is done to a flow now.</summary>
/// <param name="Flow">Its name.</param>
/// <param name="Endpoints">Inner endpoint, remote and outer endpoint in words.</param>
/// <param name="Limit">Each way; null: none.</param>
/// <param name="Faults">As they are written; null: none.</param>
internal sealed record TreatmentAnswer(string Flow, string Endpoints, string? Limit, string? Faults) : Answer;

/// <summary>What became of one ping.</summary>
/// <param name="Peer">Address and port outside the tunnel; null: no echo came in time.</param>
/// <param name="Inner">The address that answered.</param>
/// <param name="RoundTripMilliseconds">Null: no echo came in time.</param>
internal sealed record PingAnswer(string? Peer, string? Inner, double? RoundTripMilliseconds) : Answer;

/// <summary>All pings of a peer.</summary>
/// <param name="Peer">As it was named.</param>
/// <param name="Sent">Requests.</param>
/// <param name="Received">Echoes.</param>
/// <param name="RoundTripsMilliseconds">Of each that came back.</param>
internal sealed record PingsAnswer(string Peer, int Sent, int Received, IReadOnlyList<double> RoundTripsMilliseconds) : Answer;

/// <summary>A tap that has begun.</summary>
/// <param name="Tap">What to call it by.</param>
/// <param name="Name">The flow, or the peer's address and port outside the tunnel.</param>
/// <param name="Flows">Tapped flows so far.</param>
internal sealed record TapAnswer(string Tap, string Name, int Flows) : Answer;

/// <summary>What a tap has copied in the end, in packets as they are on a wire.</summary>
/// <param name="Inner">Seen inside the tunnel.</param>
/// <param name="InnerMissed">Of these, what found no room and is not in the file.</param>
/// <param name="Outer">Seen behind the NAT.</param>
/// <param name="OuterMissed">Of these, what found no room and is not in the file.</param>
internal sealed record TapEndAnswer(long Inner, long InnerMissed, long Outer, long OuterMissed) : Answer;
