namespace UdpTun.Host.Control.Treatment;

/// <param name="Rate">A <see cref="Net.Treatment.Faults.BitRate"/>, or off.</param>
internal sealed record LimitRequest(string? Rate);

/// <param name="Faults">Words of <see cref="Net.Treatment.Faults.FaultWords"/>, or off alone.</param>
internal sealed record FaultRequest(IReadOnlyList<string>? Faults);

/// <param name="Peer">An address and port outside the tunnel, or one of the two addresses.</param>
/// <param name="Bytes">Of data.</param>
/// <param name="TimeoutMilliseconds">How long to wait for the echo.</param>
internal sealed record PingRequest(string? Peer, int Bytes = 56, int TimeoutMilliseconds = 1000);

/// <param name="Flow">The flow's name; null: the peer's flows.</param>
/// <param name="Peer">As for a ping; null: a flow.</param>
internal sealed record TapRequest(string? Flow, string? Peer);
