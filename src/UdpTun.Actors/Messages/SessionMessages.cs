using Akka.Actor;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;

namespace UdpTun.Actors.Messages;

/// <summary>The receiver's session was idle for its time-out and has left the table.</summary>
internal sealed record SessionExpired : INoSerializationVerificationNeeded
{
    public static readonly SessionExpired Instance = new();
}

/// <summary>Asks the NAT for its sessions; answered by <see cref="SessionsReport"/>.</summary>
/// <param name="Max">Sessions that the answer holds at most, newest first.</param>
public sealed record GetSessions(int Max) : INoSerializationVerificationNeeded;

/// <summary>The NAT's sessions as they were at one instant.</summary>
/// <param name="Sessions">At most as many as were asked for, newest first.</param>
/// <param name="SessionCount">All that there are.</param>
/// <param name="MappingCount">All mappings.</param>
/// <param name="Kept">The mappings that are kept without sessions too; at most as many as were asked for.</param>
public sealed record SessionsReport(
    IReadOnlyList<SessionReport> Sessions, int SessionCount, int MappingCount, IReadOnlyList<KeptMappingReport> Kept)
    : INoSerializationVerificationNeeded;

/// <summary>A mapping that is kept for being reached from outside.</summary>
/// <param name="Protocol">TCP or UDP.</param>
/// <param name="Outer">Where it is reached.</param>
/// <param name="Inner">Where that leads to.</param>
/// <param name="Client">The client's address and port outside the tunnel; null: it leads to nobody yet.</param>
/// <param name="Left">How much longer it is kept; null: for ever.</param>
/// <param name="Sessions">Its sessions now.</param>
public sealed record KeptMappingReport(
    IpProtocol Protocol, InetEndpoint Outer, InetEndpoint Inner, string? Client, TimeSpan? Left, int Sessions);

/// <summary>One session: whose it is, how it is translated, what it has carried.</summary>
/// <param name="Name">The session's and its actor's name, such as <c>tcp-42</c>.</param>
/// <param name="Client">The client's address and port outside the tunnel.</param>
/// <param name="Mapping">Inner and outer endpoint.</param>
/// <param name="Remote">The far end in the internet; port 0 for ICMP.</param>
/// <param name="State">Where the protocol's state machine stands.</param>
/// <param name="Age">Time since it was opened.</param>
/// <param name="Idle">Time since the last packet that keeps the session alive.</param>
/// <param name="Outbound">Sent towards the internet.</param>
/// <param name="Inbound">Received from the internet.</param>
public sealed record SessionReport(
    string Name, string Client, NatMapping Mapping, InetEndpoint Remote, SessionState State, TimeSpan Age, TimeSpan Idle,
    TrafficCounters Outbound, TrafficCounters Inbound);
