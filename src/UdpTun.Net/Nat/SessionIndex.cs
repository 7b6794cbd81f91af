// Stage: where the session of each batch is found. Thread: the loop alone, no locks. Memory: finding allocates nothing.
using System.Diagnostics.CodeAnalysis;
using UdpTun.Net.Flows;
using UdpTun.Net.Peers;

namespace UdpTun.Net.Nat;

/// <summary>
/// The sessions that there are, found from inside by client and flow, so that clients with equal inner addresses never meet, and from outside by
/// flow alone: an outer endpoint belongs to one mapping, so no two sessions can have the same. Counts them by client.
/// </summary>
internal sealed class SessionIndex
{
    private readonly record struct OutboundKey(PeerId Client, FlowKey Flow);

    private readonly Dictionary<OutboundKey, NatSession> _outbound = [];
    private readonly Dictionary<FlowKey, NatSession> _inbound = [];
    private readonly Dictionary<PeerId, ClientShare> _clients = [];

    /// <summary>All of them by number, and the rounds through them.</summary>
    public SessionList All { get; } = new();

    public int CountOf(PeerId client) => _clients.TryGetValue(client, out var share) ? share.Sessions : 0;

    /// <summary>Those of the client's sessions that others began.</summary>
    public int CountFromOutside(PeerId client) => _clients.TryGetValue(client, out var share) ? share.SessionsFromOutside : 0;

    /// <param name="client">Who sent the packet.</param>
    /// <param name="key">The flow as the client sent it.</param>
    /// <param name="session">The session, when there is one.</param>
    public bool TryFindOutbound(PeerId client, in FlowKey key, [MaybeNullWhen(false)] out NatSession session) =>
        _outbound.TryGetValue(new OutboundKey(client, key), out session);

    /// <param name="key">The flow as it comes from outside.</param>
    /// <param name="session">The session, when there is one.</param>
    public bool TryFindInbound(in FlowKey key, [MaybeNullWhen(false)] out NatSession session) => _inbound.TryGetValue(key, out session);

    public void Add(NatSession session)
    {
        _outbound.Add(OutboundKeyOf(session), session);
        _inbound.Add(session.InboundFlow, session);
        All.Append(session);
        var client = session.Mapping.Client;
        if (!_clients.TryGetValue(client, out var share)) _clients.Add(client, share = new ClientShare());
        share.Sessions++;
        if (session.IsFromOutside) share.SessionsFromOutside++;
    }

    public void Remove(NatSession session)
    {
        _outbound.Remove(OutboundKeyOf(session));
        _inbound.Remove(session.InboundFlow);
        All.Remove(session);
        var share = _clients[session.Mapping.Client];
        share.Sessions--;
        if (session.IsFromOutside) share.SessionsFromOutside--;
        if (share.Sessions == 0) _clients.Remove(session.Mapping.Client);
    }

    private static OutboundKey OutboundKeyOf(NatSession session) => new(session.Mapping.Client, session.OutboundFlow);

    private sealed class ClientShare
    {
        public int Sessions { get; set; }

        public int SessionsFromOutside { get; set; }
    }
}
