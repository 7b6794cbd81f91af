using Akka.Actor;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.Nat.Finding;

namespace UdpTun.Actors.Messages;

/// <summary>The receiver's session was idle for its time-out and has left the table.</summary>
internal sealed record SessionExpired : INoSerializationVerificationNeeded
{
    public static readonly SessionExpired Instance = new();
}

/// <summary>Asks the guardian for the NAT's sessions; answered by <see cref="SessionsReport"/>, soon even where there are 100 thousand.</summary>
/// <param name="Max">Sessions that the answer holds at most, newest first or as <see cref="Order"/> says.</param>
public sealed record GetSessions(int Max) : INoSerializationVerificationNeeded
{
    public SessionFilter Filter { get; init; } = SessionFilter.None;

    public SessionOrder Order { get; init; } = SessionOrder.Newest;

    /// <summary>Only sessions with a lower number than this: the <see cref="SessionsReport.Next"/> of an answer goes on behind it.</summary>
    public long? Before { get; init; }

    /// <summary>The asker's samples, which it does not touch until it is answered; null: no rates.</summary>
    public SessionRates? Rates { get; init; }
}

/// <summary>The NAT's sessions. They go on while the answer is put together: it is no single instant.</summary>
/// <param name="Sessions">At most as many as were asked for, in the order that was asked for.</param>
/// <param name="SessionCount">All that there are.</param>
/// <param name="MappingCount">All mappings.</param>
/// <param name="Kept">The mappings that are kept without sessions too; at most as many as were asked for.</param>
public sealed record SessionsReport(
    IReadOnlyList<SessionReport> Sessions, int SessionCount, int MappingCount, IReadOnlyList<KeptMappingReport> Kept)
    : INoSerializationVerificationNeeded
{
    /// <summary>How many sessions the filter admits.</summary>
    public int Matching { get; init; }

    /// <summary>All sessions together, whatever the filter: the busiest first; empty where the asker takes no samples.</summary>
    public IReadOnlyList<StrandReport> Strands { get; init; } = [];

    /// <summary>What to ask for <see cref="GetSessions.Before"/> to get more; null: there are no more, or the order has no such place.</summary>
    public long? Next { get; init; }
}

/// <summary>All sessions of one client that leave by one outer address.</summary>
/// <param name="Client">The client's name.</param>
/// <param name="Outer">The outer address, or the inner one where nothing is translated.</param>
/// <param name="Sessions">How many.</param>
/// <param name="OutRate">Bytes a second towards the internet.</param>
/// <param name="InRate">Bytes a second from it.</param>
public sealed record StrandReport(string Client, InetAddress Outer, int Sessions, double OutRate, double InRate);

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
    TrafficCounters Outbound, TrafficCounters Inbound)
{
    /// <summary>How long it lives from its last packet on, in its present state.</summary>
    public TimeSpan IdleTimeout { get; init; }

    /// <summary>Bytes a second towards the internet and from it; null where the asker takes no samples.</summary>
    public (double Out, double In)? Rate { get; init; }
}

/// <summary>Asks for all that is known of one session; answered by <see cref="SessionDetails"/> or <see cref="NoSuchSession"/>.</summary>
public sealed record GetSession(SessionId Session) : SessionCommand(Session);

/// <summary>
/// Ends a flow: its packets are refused from now on, see <see cref="NatSession.Kill"/>. Answered by <see cref="SessionDetails"/> or
/// <see cref="NoSuchSession"/>.
/// </summary>
public sealed record KillSession(SessionId Session) : SessionCommand(Session);

/// <summary>One session at one instant.</summary>
/// <param name="Session">What every session is told with.</param>
/// <param name="IsFromOutside">Whether the remote began it.</param>
/// <param name="MappingSessions">How many sessions share its mapping.</param>
/// <param name="HeldFor">How much longer the mapping is kept because the client asked for it (NAT-PMP); null: it is not.</param>
/// <param name="LastDrop">The last packet of it that went no further, and how long ago; null: none.</param>
/// <param name="PathMtu">Bytes, as routers said; null: none did.</param>
public sealed record SessionDetails(
    SessionReport Session, bool IsFromOutside, int MappingSessions, TimeSpan? HeldFor, (DropReason Reason, TimeSpan Ago, long Packets)? LastDrop,
    int? PathMtu) : INoSerializationVerificationNeeded;
