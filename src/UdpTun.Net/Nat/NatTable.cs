// Stage: the server's readers find the session of each batch here; the NAT actor opens and ends sessions. Thread: the loop alone, no
// locks. Memory: opening allocates the session, finding nothing.
using System.Diagnostics.CodeAnalysis;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Nat.Finding;
using UdpTun.Net.Nat.Saving;
using UdpTun.Net.Peers;
using UdpTun.Net.PortMapping;

namespace UdpTun.Net.Nat;

/// <summary>
/// Decides which sessions there are (<see cref="SessionIndex"/>), and who owns which outer endpoint (<see cref="MappingTable"/>). From outside a
/// session is opened only through a mapping that there is, and only for whom <see cref="NatPolicy.Filtering"/> lets in.
/// </summary>
public sealed class NatTable
{
    // RFC 3927 section 7 and RFC 4291 section 2.5.6: what bears a link-local source stays on its link. PacketParser lets it live there.
    private static readonly InetPrefix LinkLocalV4 = InetPrefix.Parse("169.254.0.0/16");
    private static readonly InetPrefix LinkLocalV6 = InetPrefix.Parse("fe80::/10");

    /// <summary>
    /// What ending a session takes out of a sweep's budget. It leaves work behind for whoever serves the session, and where all end at once that
    /// must not keep a new flow waiting: one waited 2.4 s behind 100 thousand endings.
    /// </summary>
    public const int CostOfEnding = 16;

    private readonly CurrentPolicy _policy;
    private readonly SessionIndex _sessions = new();
    private readonly MappingTable _mappings;
    private readonly InboundFilter _filter;
    private readonly int _idStep;
    private readonly long _firstId;
    private long _lastId;

    /// <param name="policy">The operator's choices.</param>
    /// <param name="random">Draws the outer ports.</param>
    /// <param name="shard">Which of the server's tables this is, 0 or more.</param>
    /// <param name="shards">How many there are, each with ports of its own; their sessions' numbers differ.</param>
    /// <exception cref="ArgumentException">
    /// The policy's port range is empty or holds 0, or an outer address may be the source of an untranslated flow.
    /// </exception>
    public NatTable(NatPolicy policy, Random random, int shard = 0, int shards = 1)
    {
        Check(policy);
        _policy = new CurrentPolicy(policy);
        _mappings = new MappingTable(_policy, random, Observers);
        _filter = new InboundFilter(policy.Filtering);
        Identifiers = new IpIdentifiers(random, shard, shards);
        (_lastId, _idStep, _firstId) = (shard + 1 - shards, shards, shard + 1);
    }

    /// <summary>What the table goes by at present. Any thread.</summary>
    public NatPolicy Policy => _policy.Value;

    public int SessionCount => _sessions.All.Count;

    public int MappingCount => _mappings.Count;

    /// <summary>All that were ever opened, restored ones too. Any thread.</summary>
    public long SessionsOpened => (Volatile.Read(ref _lastId) - _firstId) / _idStep + 1;

    /// <summary>Outer ports, or ICMP identifiers, of a protocol that are given out, at all outer addresses together. Any thread.</summary>
    public int PortsTaken(IpProtocol protocol) => _mappings.PortsTaken(protocol);

    /// <summary>The same, all that there are.</summary>
    public int PortsOf(IpProtocol protocol) => _mappings.PortsOf(protocol);

    /// <summary>Told of each mapping and session that is opened or closed from now on.</summary>
    public NatObservers Observers { get; } = new();

    /// <summary>Names what leaves by the outer addresses, whole or in fragments.</summary>
    public IpIdentifiers Identifiers { get; }

    /// <summary>The mappings that clients asked to keep, the first to end first.</summary>
    public IEnumerable<NatMapping> Held => _mappings.Held;

    /// <summary>The outer endpoints that nobody may have yet but their last owners.</summary>
    public IEnumerable<RestingPort> Resting => _mappings.Resting;

    /// <summary>The operator's mappings with the outer endpoint of each, and where it leads to at present, if anywhere.</summary>
    public IEnumerable<(StaticMapping Rule, InetEndpoint Outer, NatMapping? Mapping)> Statics =>
        _mappings.Statics.Select(binding => (binding.Rule, binding.Outer, binding.Mapping));

    /// <summary>The operator's mappings that have no port yet, and what uses it still; see <see cref="Use"/>.</summary>
    public IEnumerable<(StaticMapping Rule, NatMapping Holder)> WaitingStatics => _mappings.WaitingStatics;

    /// <summary>
    /// Since when no held mapping has been lost, restarts included: what the seconds of NAT-PMP count from (RFC 6886 section 3.6). On the
    /// table's clock.
    /// </summary>
    public TimeSpan HoldsSince { get; set; }

    /// <summary>
    /// Goes by another policy from now on, the sessions that there are too: timers hold from their next packet or sweep on, and no session ends
    /// for it. A static mapping whose outer endpoint is in use has it as soon as those flows have ended.
    /// </summary>
    /// <param name="policy">The same outer addresses and ports as before, and whatever else.</param>
    /// <param name="now">The time on the table's clock.</param>
    /// <exception cref="ArgumentException">
    /// It has other addresses or ports, or a static mapping whose port is not among them. Nothing is changed.
    /// </exception>
    public void Use(NatPolicy policy, TimeSpan now)
    {
        Check(policy);
        if (!policy.HasSameEndpoints(Policy)) throw new ArgumentException("the outer addresses and ports are those of the beginning", nameof(policy));
        _mappings.Use(policy, now);
        _filter.Use(policy.Filtering, Sessions);
        _policy.Value = policy;
    }

    /// <summary>In the order of opening. The session just returned may be closed before the next is asked for, no other.</summary>
    public IEnumerable<NatSession> Sessions => _sessions.All.InOrder;

    /// <summary>A way through all sessions in instalments.</summary>
    public SessionWalk BeginWalk() => _sessions.All.BeginWalk();

    /// <summary>Sessions that count against the client's quota.</summary>
    public int SessionsOf(PeerId client) => _sessions.CountOf(client);

    /// <summary>Those of the client's sessions that others began.</summary>
    public int SessionsFromOutside(PeerId client) => _sessions.CountFromOutside(client);

    /// <summary>Mappings that count against the client's quota.</summary>
    public int MappingsOf(PeerId client) => _mappings.CountOf(client);

    /// <summary>Whether an outer endpoint belongs to a mapping.</summary>
    public bool IsMapped(IpProtocol protocol, InetEndpoint outer) => _mappings.TryFindOuter(protocol, outer, out _);

    /// <summary>The mapping that an outer endpoint belongs to.</summary>
    public bool TryFindMapping(IpProtocol protocol, InetEndpoint outer, [MaybeNullWhen(false)] out NatMapping mapping) =>
        _mappings.TryFindOuter(protocol, outer, out mapping);

    /// <param name="client">Who sent the packet.</param>
    /// <param name="key">The flow as the client sent it.</param>
    /// <param name="session">The session, when there is one.</param>
    public bool TryFindOutbound(PeerId client, in FlowKey key, [MaybeNullWhen(false)] out NatSession session) =>
        _sessions.TryFindOutbound(client, key, out session);

    /// <param name="key">The flow as it comes from outside.</param>
    /// <param name="session">The session, when there is one.</param>
    public bool TryFindInbound(in FlowKey key, [MaybeNullWhen(false)] out NatSession session) => _sessions.TryFindInbound(key, out session);

    /// <summary>The session of that number.</summary>
    public bool TryFind(SessionId id, [MaybeNullWhen(false)] out NatSession session) => _sessions.All.TryFind(id, out session);

    /// <summary>
    /// Opens a session for a packet from inside, or finds the one there is. A TCP packet need not be a SYN, so that connections outlive a
    /// restart of the server (see <see cref="SessionState"/>); a key does not show it anyway.
    /// </summary>
    /// <param name="client">Who sent the packet.</param>
    /// <param name="key">The flow as the client sent it.</param>
    /// <param name="now">The time on the table's clock.</param>
    /// <param name="session">The session, after <see cref="DropReason.None"/>.</param>
    /// <returns>
    /// None; NoSession for an answer to nobody (an echo reply; one with identifier 0 cannot be told from a request here and is
    /// refused by the session); MartianAddress for a link-local source; TooManySessions; TooManyMappings; NoOuterAddress;
    /// PortsExhausted; UnroutedSource; InnerEndpointTaken; UnsupportedProtocol. Nothing is left behind by a refusal.
    /// </returns>
    public DropReason TryOpen(PeerId client, in FlowKey key, TimeSpan now, out NatSession session)
    {
        if (TryFindOutbound(client, key, out session!)) return DropReason.None;
        if (IsEchoReply(key)) return DropReason.NoSession;
        if (IsLinkLocal(key.Source.Address)) return DropReason.MartianAddress;
        if (SessionsOf(client) >= Policy.MaxSessionsPerClient) return DropReason.TooManySessions;
        var reason = _mappings.TryMap(MappingKeyOf(client, key), suggested: 0, now, out var mapping);
        if (reason == DropReason.None) session = Add(mapping, key.Destination, fromOutside: false, now);
        return reason;
    }

    /// <summary>
    /// Opens a session for a packet from outside, or finds the one there is. It goes through a mapping that the client keeps open and
    /// counts against the client's quota.
    /// </summary>
    /// <param name="first">
    /// The flow's first packet, which passed <see cref="PacketParser"/>: a TCP flow begins with a SYN, or else every stray ACK or RST
    /// of the internet would leave a session behind.
    /// </param>
    /// <param name="key">The flow as it comes from outside.</param>
    /// <param name="now">The time on the table's clock.</param>
    /// <param name="session">The session, after <see cref="DropReason.None"/>.</param>
    /// <returns>
    /// None; NoSession where nothing is mapped, for ICMP, for a later fragment, and for TCP that is no SYN; Filtered; TooManySessions;
    /// TooManySessionsFromOutside. Nothing is left behind by a refusal.
    /// </returns>
    public DropReason TryAccept(ReadOnlySpan<byte> first, in FlowKey key, TimeSpan now, out NatSession session)
    {
        if (TryFindInbound(key, out session!)) return DropReason.None;
        if (key.Protocol is not (IpProtocol.Tcp or IpProtocol.Udp)) return DropReason.NoSession;
        if (!_mappings.TryFindOuter(key.Protocol, key.Destination, out var mapping)) return DropReason.NoSession;
        // The client's answer would leave through another mapping than this one, and as another endpoint.
        if (mapping.IsTranslated == Policy.Untranslated.LeadTo(key.Source.Address)) return DropReason.Filtered;
        if (mapping.IsGivenUp || mapping.IsRetired) return DropReason.NoSession;
        if (!_filter.Admits(mapping, key.Source)) return DropReason.Filtered;
        if (IpHeader.TryLocate(first, out var ip) != DropReason.None || ip.FragmentOffset != 0) return DropReason.NoSession;
        if (ip.Protocol != (byte)key.Protocol) return DropReason.NoSession; // an ICMP error, turned round, whose session is gone
        if (key.Protocol == IpProtocol.Tcp && !TcpTracker.IsFreshSyn(NatTranslator.FlagsOf(first, ip.Length))) return DropReason.NoSession;
        if (SessionsOf(mapping.Client) >= Policy.MaxSessionsPerClient) return DropReason.TooManySessions;
        if (SessionsFromOutside(mapping.Client) >= Policy.MaxSessionsFromOutside) return DropReason.TooManySessionsFromOutside;
        session = Add(mapping, key.Source, fromOutside: true, now);
        return DropReason.None;
    }

    /// <summary>
    /// Keeps a client's mapping until a time, whether it has sessions or not, and makes it if there is none; it then lets in everybody. A
    /// mapping keeps its outer endpoint however often this is called.
    /// </summary>
    /// <param name="client">Whose inner endpoint it is.</param>
    /// <param name="protocol">TCP or UDP.</param>
    /// <param name="inner">The inner endpoint.</param>
    /// <param name="suggested">The outer port that the client would rather have; 0: any.</param>
    /// <param name="until">On the table's clock.</param>
    /// <param name="now">The time on the table's clock.</param>
    /// <param name="mapping">The mapping, after <see cref="DropReason.None"/>.</param>
    /// <returns>None, MartianAddress, TooManyMappings, NoOuterAddress or PortsExhausted.</returns>
    public DropReason TryHold(
        PeerId client, IpProtocol protocol, InetEndpoint inner, ushort suggested, TimeSpan until, TimeSpan now, out NatMapping mapping)
    {
        mapping = null!;
        if (IsLinkLocal(inner.Address)) return DropReason.MartianAddress;
        var reason = _mappings.TryMap(new MappingKey(client, protocol, inner), suggested, now, out mapping);
        if (reason == DropReason.None) _mappings.Hold(mapping, until);
        return reason;
    }

    /// <summary>
    /// To be told who sends from which inner address: the static mappings that lead there lead to that client from now on, unless
    /// another has sent from it a moment ago. Nothing is allocated but when it changes.
    /// </summary>
    public void Claim(Peer client, InetAddress inner, TimeSpan now) => _mappings.Claim(client, inner, now);

    /// <summary>Ends the hold on a client's mapping, which then lasts as long as its sessions. Harmless where there is none.</summary>
    /// <returns>False for a static mapping, which is the operator's.</returns>
    public bool TryEndHold(PeerId client, IpProtocol protocol, InetEndpoint inner, TimeSpan now)
    {
        if (!_mappings.TryFind(new MappingKey(client, protocol, inner), out var mapping)) return true;
        _mappings.EndHold(mapping, now);
        return !mapping.IsStatic;
    }

    /// <summary>Ends all holds of one inner address and protocol; see <see cref="TryEndHold"/>.</summary>
    /// <returns>False when there is a static mapping among them.</returns>
    public bool TryEndHolds(PeerId client, IpProtocol protocol, InetAddress inner, TimeSpan now)
    {
        var held = Held.Where(held => held.Client == client && held.Protocol == protocol && held.Inner.Address == inner);
        foreach (var mapping in held.ToList()) _mappings.EndHold(mapping, now);
        return !Statics.Any(entry =>
            entry.Mapping?.Client == client && entry.Rule.Protocol == protocol && entry.Rule.Inner.Address == inner);
    }

    /// <summary>The address that all flows of the client leave as, from now on where it had none.</summary>
    public bool TryGetOuterAddress(PeerId client, bool isV4, out InetAddress outer) => _mappings.TryGetAddress(client, isV4, out outer);

    /// <summary>Whether anything is kept for the client: it is not to be forgotten then.</summary>
    public bool Needs(PeerId client) => SessionsOf(client) > 0 || MappingsOf(client) > 0 || _mappings.LeadsStaticallyTo(client);

    /// <summary>Opens a session as an earlier table had it: with its outer endpoint, state and ages.</summary>
    /// <param name="client">Whose it is in this run.</param>
    /// <param name="saved">The session.</param>
    /// <param name="down">Time since it was saved; it has been idle during it.</param>
    /// <param name="now">The time on the table's clock.</param>
    /// <returns>
    /// None; NoSession for what this table could not have opened; TooManySessions; TooManySessionsFromOutside; TooManyMappings;
    /// PortsExhausted when the outer endpoint is not one of the policy's, or another's, or at another address than the client has.
    /// Nothing is left behind by a refusal.
    /// </returns>
    public DropReason Restore(PeerId client, SavedSession saved, TimeSpan down, TimeSpan now)
    {
        var flow = new FlowKey(saved.Protocol, saved.Inner, saved.Remote);
        if (!IsConsistent(saved) || IsEchoReply(flow) || IsLinkLocal(saved.Inner.Address)) return DropReason.NoSession;
        if (TryFindOutbound(client, flow, out _)) return DropReason.NoSession;
        if (SessionsOf(client) >= Policy.MaxSessionsPerClient) return DropReason.TooManySessions;
        if (saved.IsFromOutside && SessionsFromOutside(client) >= Policy.MaxSessionsFromOutside) return DropReason.TooManySessionsFromOutside;
        var reason = _mappings.TryMapAs(saved.Outer, MappingKeyOf(client, flow), out var mapping);
        if (reason != DropReason.None) return reason;
        Add(mapping, saved.Remote, saved.IsFromOutside, now).Resume(saved.Progress, now - down - saved.Age, now - down - saved.Idle);
        return DropReason.None;
    }

    /// <summary>Holds a mapping as an earlier table did: with its outer endpoint.</summary>
    /// <param name="client">Whose it is in this run.</param>
    /// <param name="saved">The mapping.</param>
    /// <param name="until">On this table's clock.</param>
    /// <returns>None; or why it cannot be had, as for a session.</returns>
    public DropReason Restore(PeerId client, SavedHold saved, TimeSpan until)
    {
        if (saved.Inner.Address.IsV4 != saved.Outer.Address.IsV4 || IsLinkLocal(saved.Inner.Address)) return DropReason.NoSession;
        if (saved.Protocol is not (IpProtocol.Tcp or IpProtocol.Udp)) return DropReason.UnsupportedProtocol;
        var reason = _mappings.TryMapAs(saved.Outer, new MappingKey(client, saved.Protocol, saved.Inner), out var mapping);
        if (reason == DropReason.None) _mappings.Hold(mapping, until);
        return reason;
    }

    /// <summary>Lets an outer endpoint rest as an earlier table did.</summary>
    /// <returns>False when it is not one of the policy's, or somebody's already, or the policy lets no port rest.</returns>
    public bool Restore(in RestingPort port, TimeSpan now) => _mappings.TryRest(port, now);

    /// <summary>Ends a session, and its mapping when it was the last. Harmless for a session that has ended.</summary>
    /// <param name="session">One of this table's.</param>
    /// <param name="now">The time on the table's clock: the mapping's port rests from now on.</param>
    /// <param name="why">For whoever observes.</param>
    public void Close(NatSession session, TimeSpan now, SessionEnd why = SessionEnd.Idle)
    {
        if (!session.IsOpen) return;
        session.End();
        _sessions.Remove(session);
        _filter.Closed(session);
        Observers.SessionClosed(session, why);
        _mappings.SessionEnded(session.Mapping, now);
    }

    /// <summary>Forgets which outer address a client had, once nothing of the client's is left. Call it when the client is gone.</summary>
    public void Forget(PeerId client)
    {
        if (SessionsOf(client) == 0) _mappings.Forget(client);
    }

    /// <summary>Ends idle sessions and holds whose time has come, a few at a time: goes on where the last call stopped.</summary>
    /// <param name="now">The time on the table's clock.</param>
    /// <param name="budget">
    /// Sessions to look at and holds to end, at most; a session that ends counts as <see cref="CostOfEnding"/>.
    /// </param>
    /// <param name="ended">The ended sessions are added to it; already out of the table.</param>
    /// <returns>True when the round is complete: every session that was there at its start has been looked at.</returns>
    public bool Sweep(TimeSpan now, int budget, List<NatSession> ended)
    {
        var holdsEnded = _mappings.Sweep(now, ref budget);
        _sessions.All.ContinueRound();
        for (; budget > 0 && _sessions.All.Visit() is { } session; budget--)
        {
            if (now - session.LastSeen < session.IdleTimeout && !session.Mapping.IsGivenUp) continue;
            Close(session, now, WhyItEnds(session));
            ended.Add(session);
            budget -= CostOfEnding - 1;
        }

        return holdsEnded && _sessions.All.IsRoundOver;
    }

    private NatSession Add(NatMapping mapping, InetEndpoint remote, bool fromOutside, TimeSpan now)
    {
        var session = new NatSession(new SessionId(_lastId += _idStep), mapping, remote, fromOutside, _policy, Identifiers, now);
        _sessions.Add(session);
        _filter.Opened(session);
        MappingTable.SessionAdded(mapping);
        Observers.SessionOpened(session);
        return session;
    }

    private static SessionEnd WhyItEnds(NatSession session) =>
        session.Mapping.IsGivenUp ? SessionEnd.MappingGivenUp
        : session.State switch
        {
            SessionState.Killed => SessionEnd.Killed,
            SessionState.Closing => SessionEnd.Finished,
            _ => SessionEnd.Idle,
        };

    private MappingKey MappingKeyOf(PeerId client, in FlowKey flow) =>
        new(client, flow.Protocol, flow.Source, IsTranslated: !Policy.Untranslated.LeadTo(flow.Destination.Address));

    private static void Check(NatPolicy policy)
    {
        if (!policy.Ports.IsValid) throw new ArgumentException($"{policy.Ports} is not a range of ports from 1 to 65535", nameof(policy));
        if (policy.OuterV4.Concat(policy.OuterV6).Any(policy.Untranslated.MayComeFrom))
            throw new ArgumentException("an outer address may not be an inner one that leaves untranslated", nameof(policy));
    }

    private static bool IsConsistent(SavedSession saved)
    {
        var isV4 = saved.Inner.Address.IsV4;
        return saved.Outer.Address.IsV4 == isV4 && saved.Remote.Address.IsV4 == isV4;
    }

    private static bool IsEchoReply(in FlowKey key) =>
        key.Protocol is IpProtocol.Icmp or IpProtocol.IcmpV6 && key.Destination.Port != 0;

    private static bool IsLinkLocal(InetAddress address) => LinkLocalV4.Contains(address) || LinkLocalV6.Contains(address);
}
