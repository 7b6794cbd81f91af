using Microsoft.AspNetCore.Http;
using UdpTun.Actors.Events;
using UdpTun.Host.Control.Flows;
using UdpTun.Net.Nat.Finding;

namespace UdpTun.Host.Control.Events;

/// <summary>Which events are meant, by a query string: event (several with commas), peer, protocol, destination, text.</summary>
/// <param name="Kinds">Null: all.</param>
/// <param name="Filter">Of the flow, mapping or peer that an event is about.</param>
internal sealed record EventQuery(IReadOnlySet<TunnelEventKind>? Kinds, SessionFilter Filter)
{
    private static readonly string[] OfListsOnly = ["state", "sort", "max", "cursor"];

    /// <exception cref="ControlException">A part of it makes no sense; the message says which and what would.</exception>
    public static EventQuery Read(IQueryCollection query)
    {
        if (OfListsOnly.FirstOrDefault(query.ContainsKey) is { } other)
            throw new ControlException(400, $"events have no {other}: that is for a list of flows");
        return new EventQuery(ReadKinds(query["event"].ToString()), FlowQuery.ReadFilter(query));
    }

    public bool Admits(TunnelEvent told) =>
        (Kinds is null || Kinds.Contains(told.Kind))
        && Filter.Admits(told.Peer, told.Flow, told.Protocol, told.Inner, told.Outer, told.Remote);

    private static HashSet<TunnelEventKind>? ReadKinds(string text)
    {
        if (text.Length == 0) return null;
        var kinds = new HashSet<TunnelEventKind>();
        foreach (var name in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!EventText.Kinds.TryGetValue(name, out var kind))
                throw new ControlException(400, $"event is '{name}', but must be some of {string.Join(", ", EventText.Kinds.Keys)}");
            kinds.Add(kind);
        }

        return kinds;
    }
}
