namespace UdpTun.Conformance.Table;

/// <summary>Whether a requirement was seen to hold, and what was seen: one short line.</summary>
/// <param name="Holds">It holds.</param>
/// <param name="Seen">At the server's uplink, at the internet host or at a client.</param>
/// <param name="Broken">The probe itself did not get to its end.</param>
internal sealed record Evidence(bool Holds, string Seen, bool Broken = false);
