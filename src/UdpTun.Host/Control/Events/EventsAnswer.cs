using UdpTun.Host.Control.Status;

namespace UdpTun.Host.Control.Events;

/// <summary>What has happened since the answer before; the first of a stream has no events and says that listening has begun.</summary>
/// <param name="Events">In the order in which they happened on their shard.</param>
/// <param name="Missed">Events of any kind that came faster than they were taken, behind those that are told.</param>
internal sealed record EventsAnswer(IReadOnlyList<EventStatus> Events, long Missed) : Answer;

/// <summary>Something that has happened; what is null does not belong to its kind.</summary>
/// <param name="At">When.</param>
/// <param name="Event">
/// flow-opened, flow-closed, flow-refused, flow-killed, flow-limited, flow-faulted, mapping-opened, mapping-closed, peer-came or peer-gone.
/// </param>
/// <param name="Peer">Whose it is, or who came or went.</param>
internal sealed record EventStatus(DateTimeOffset At, string Event, string Peer)
{
    /// <summary>The flow's name, such as tcp-42; a refused one has none.</summary>
    public string? Flow { get; init; }

    /// <summary>tcp, udp, icmp or icmp6.</summary>
    public string? Protocol { get; init; }

    public string? Inner { get; init; }

    public string? Outer { get; init; }

    public string? Remote { get; init; }

    /// <summary>Where the peer is.</summary>
    public string? Endpoint { get; init; }

    /// <summary>Why it happened, or what was asked for: idle, ForbiddenDestination, 20mbit.</summary>
    public string? Why { get; init; }

    /// <summary>Of refusals: how many it stands for.</summary>
    public long? Count { get; init; }

    /// <summary>Of a closed flow: sent towards the internet; of a peer: sent to it.</summary>
    public TrafficStatus? Out { get; init; }

    /// <summary>Of a closed flow: received from the internet; of a peer: received from it.</summary>
    public TrafficStatus? In { get; init; }
}
