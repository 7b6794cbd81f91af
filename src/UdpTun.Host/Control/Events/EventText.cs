using UdpTun.Actors.Events;
using UdpTun.Host.Control.Status;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;

namespace UdpTun.Host.Control.Events;

/// <summary>An event as the answers tell it.</summary>
internal static class EventText
{
    /// <summary>What each kind is called, and by what the operator may ask for it.</summary>
    public static IReadOnlyDictionary<string, TunnelEventKind> Kinds { get; } = Enum.GetValues<TunnelEventKind>().ToDictionary(NameOf);

    public static EventStatus Of(TunnelEvent told) => new(told.At, NameOf(told.Kind), told.Peer)
    {
        Flow = told.Flow,
        Protocol = told.Protocol is { } protocol ? NameOf(protocol) : null,
        Inner = told.Inner?.ToString(),
        Outer = told.Outer?.ToString(),
        Remote = told.Remote is { } remote ? (remote.Port == 0 ? remote.Address.ToString() : remote.ToString()) : null,
        Endpoint = told.Endpoint?.ToString(),
        Why = told.Why,
        Count = told.Kind == TunnelEventKind.FlowRefused ? told.Count : null,
        Out = Of(told.Kind == TunnelEventKind.PeerGone ? told.Traffic?.In : told.Traffic?.Out),
        In = Of(told.Kind == TunnelEventKind.PeerGone ? told.Traffic?.Out : told.Traffic?.In),
    };

    private static TrafficStatus? Of(TrafficCounters? counters) => counters is null ? null : new TrafficStatus(counters.Packets, counters.Bytes);

    private static string NameOf(TunnelEventKind kind) => string.Concat(
        kind.ToString().Select((letter, at) => at > 0 && char.IsUpper(letter) ? $"-{char.ToLowerInvariant(letter)}" : $"{char.ToLowerInvariant(letter)}"));

    private static string NameOf(IpProtocol protocol) => protocol switch
    {
        IpProtocol.IcmpV6 => "icmp6",
        _ => protocol.ToString().ToLowerInvariant(),
    };
}
