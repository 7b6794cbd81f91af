using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;

namespace UdpTun.Net.Tests.Nat;

/// <summary>
/// What the NAT is meant to do, told in the plainest way: one list, searched from its beginning, and of each session all packets that it ever
/// saw. Which outer port a mapping gets is the real table's choice; that it keeps it is not.
/// </summary>
internal sealed class PlainNat(NatPolicy policy)
{
    internal sealed class Session(PeerId client, FlowKey flow, InetEndpoint outer, bool fromOutside = false)
    {
        public PeerId Client { get; } = client;

        public FlowKey Flow { get; } = flow;

        public InetEndpoint Outer { get; } = outer;

        public bool FromOutside { get; } = fromOutside;

        public List<(TimeSpan At, TcpFlags Flags, bool Outbound)> Packets { get; } = [];
    }

    public List<Session> Sessions { get; } = [];

    public Session? FindOutbound(PeerId client, FlowKey flow) => Sessions.Find(session => session.Client == client && session.Flow == flow);

    public Session? FindInbound(FlowKey flow) => Sessions.Find(session => InboundKey(session) == flow);

    /// <summary>The outer endpoint that a new session of this flow has to have, or null: any that nobody has.</summary>
    public InetEndpoint? OuterOf(PeerId client, FlowKey flow) => Sessions.Find(session =>
        session.Client == client && session.Flow.Protocol == flow.Protocol && session.Flow.Source == flow.Source)?.Outer;

    public bool IsTaken(IpProtocol protocol, InetEndpoint outer) =>
        Sessions.Exists(session => session.Flow.Protocol == protocol && session.Outer == outer);

    public bool HasRoom(PeerId client, FlowKey flow) =>
        Sessions.Count(session => session.Client == client) < policy.MaxSessionsPerClient
        && (OuterOf(client, flow) is not null || MappingsOf(client) < policy.MaxMappingsPerClient);

    /// <summary>Strangers may begin half of what a client may have.</summary>
    public bool HasRoomFromOutside(PeerId client) =>
        Sessions.Count(session => session.Client == client && session.FromOutside) < policy.MaxSessionsPerClient / 2;

    /// <summary>The mapping's client and inner endpoint that a stranger's packet leads to, when the filter lets it in.</summary>
    public Session? Admit(FlowKey flow, TcpFlags flags)
    {
        if (flow.Protocol == IpProtocol.Icmp) return null;
        var isSyn = (flags & (TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Rst | TcpFlags.Fin)) == TcpFlags.Syn;
        if (flow.Protocol == IpProtocol.Tcp && !isSyn) return null;
        var behind = Sessions.FindAll(session => session.Flow.Protocol == flow.Protocol && session.Outer == flow.Destination);
        var admitted = (flow.Protocol == IpProtocol.Tcp ? policy.Filtering.Tcp : policy.Filtering.Udp) switch
        {
            Filtering.EndpointIndependent => behind.Count > 0,
            Filtering.AddressDependent => behind.Exists(session => session.Flow.Destination.Address == flow.Source.Address),
            _ => false,
        };
        return admitted ? behind[0] : null;
    }

    public void Sweep(TimeSpan now) => Sessions.RemoveAll(session => now - LastSeen(session) >= Timeout(session));

    private static FlowKey InboundKey(Session session) => new(session.Flow.Protocol, session.Flow.Destination, session.Outer);

    private int MappingsOf(PeerId client) => Sessions.Where(session => session.Client == client)
        .Select(session => (session.Flow.Protocol, session.Flow.Source)).Distinct().Count();

    private TimeSpan LastSeen(Session session)
    {
        // Opening counts as being seen; then what RFC 4787 REQ-6 and TcpTracker say.
        var seen = session.Packets[0].At;
        for (var i = 0; i < session.Packets.Count; i++)
        {
            var (at, flags, outbound) = session.Packets[i];
            var refreshes = session.Flow.Protocol == IpProtocol.Tcp
                ? (flags & TcpFlags.Rst) == 0 || TcpState(session.Packets[..i]) != SessionState.Closing
                : outbound || policy.InboundRefresh;
            if (refreshes) seen = at;
        }

        return seen;
    }

    private TimeSpan Timeout(Session session) => session.Flow.Protocol switch
    {
        IpProtocol.Udp => policy.Timeouts.Udp,
        IpProtocol.Tcp => TcpState(session.Packets) switch
        {
            SessionState.Opening => policy.Timeouts.TcpOpening,
            SessionState.Established => policy.Timeouts.TcpEstablished,
            _ => policy.Timeouts.TcpClosing,
        },
        _ => policy.Timeouts.Icmp,
    };

    private static SessionState TcpState(List<(TimeSpan At, TcpFlags Flags, bool Outbound)> packets)
    {
        var (acked, finished, sinceReset) = (new HashSet<bool>(), new HashSet<bool>(), new HashSet<bool>());
        var reset = false;
        foreach (var (_, flags, outbound) in packets)
        {
            var closing = reset || finished.Count == 2;
            if ((flags & TcpFlags.Rst) != 0)
            {
                reset = true;
                sinceReset.Clear();
                continue;
            }

            if (closing && (flags & (TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Fin)) == TcpFlags.Syn)
            {
                (acked, finished, sinceReset) = ([], [], []);
                reset = false;
            }

            if ((flags & TcpFlags.Ack) != 0) acked.Add(outbound);
            if ((flags & TcpFlags.Fin) != 0) finished.Add(outbound);
            if (!reset) continue;
            sinceReset.Add(outbound);
            if (sinceReset.Count < 2) continue;
            reset = false;
            sinceReset.Clear();
        }

        return reset || finished.Count == 2 ? SessionState.Closing : acked.Count == 2 ? SessionState.Established : SessionState.Opening;
    }
}
