using Akka.Actor;
using Akka.Event;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Settings;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Admission;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Transport.Secure.Commands;
using UdpTun.Transport.Secure.Handshakes;
using UdpTun.Transport.Secure.Keys;
using UdpTun.Transport.Secure.PacketCiphers;
using UdpTun.Transport.Secure.Peers;
using UdpTun.Transport.Secure.Sessions;

namespace UdpTun.Actors.Peers;

/// <summary>
/// Parent of the peers of the secure transport: makes and ends them as the settings say, and gives each handshake message to the peer that it
/// names, after a look that strangers do not get past. One for all shards. On the default dispatcher; no packet passes through it.
/// </summary>
internal sealed class PeersActor : HandlerActor
{
    // Far more than a loop ever takes for a round; one that has ended answers never.
    private static readonly TimeSpan LongestRound = TimeSpan.FromSeconds(5);

    private readonly SecureEnd _end;
    private readonly HandshakeInbox _inbox;
    private readonly LineContext _line;
    private readonly ILoggingAdapter _log = LiveLog.Of(Context);
    private HandshakeGate _gate;
    private readonly Dictionary<PublicKey, PeerSlot> _slots = [];
    private readonly List<PublicKey> _order = [];
    private readonly UnknownKeys _unknown = new();

    public PeersActor(SecureEnd end, HandshakeInbox inbox, LineContext line)
    {
        (_end, _inbox, _line) = (end, inbox, line);
        _gate = new HandshakeGate(end.Identity, end.Indices);
        Receive<HandshakeArrived>(OnHandshake);
        Receive<SessionWanted>(wanted => ActorOf(wanted.Session).Tell(wanted));
        Receive<SessionConfirmed>(confirmed => ActorOf(confirmed.Session).Tell(confirmed));
        Receive<SocketOpened>(OnOpened);
        Receive<ApplyPeers>(Apply);
        Receive<ResetQuota>(OnResetQuota);
        Receive<UsePrivateKey>(OnUseKey);
        Receive<GetSecurePeers>(_ => Sender.Tell(Report()));
        Receive<ReachPacketHalves>(OnReach);
    }

    public static Props Props(SecureEnd end, HandshakeInbox inbox, LineContext line) => PropsOf(() => new PeersActor(end, inbox, line));

    protected override SupervisorStrategy SupervisorStrategy() => TunnelSupervision.OfParts(_log);

    protected override void PreStart()
    {
        _log.Info("secure transport: our public key is {PublicKey}; peers {Peers}; packets are encrypted by {Library}{Agreement}",
            _end.Key, _end.Peers.Count, PacketCipher.Library, _end.AllowsAes ? ", AES-256-GCM where the peer agrees" : "");
        Apply(new ApplyPeers(_end.Peers));
    }

    private void OnHandshake(HandshakeArrived arrived)
    {
        _inbox.Taken();
        _gate.SeeLoad(_inbox.Waiting, _line.Now);
        var message = _gate.Look(arrived.Message, arrived.From, _line.Now, out var answer);
        if (answer is not null) _end.Udp[arrived.Shard].Tell(new ForTransport(answer));
        if (message is null)
        {
            if (answer is null) _line.Drops.Add(DropReason.NotAuthentic); // its first mac is right, which anybody can make who knows our public key
            return;
        }

        if (_slots.TryGetValue(message.Peer, out var slot))
        {
            slot.Actor.Tell(new ForPeer(message with { Shard = arrived.Shard }));
            return;
        }

        _line.Drops.Add(DropReason.UnknownPeer);
        _log.Debug("a peer that is not ours wants a session: {PublicKey} at {From}", message.Peer, message.From);
        if (_unknown.Count(_line.Now) is > 0 and var times)
            _log.Warning("calls of peers that are not ours since this was last said: {Times}, the last by {PublicKey} at {From}; such a client was removed, or has another server's conf",
                times, message.Peer, message.From);
        message.Dispose();
    }

    private void OnOpened(SocketOpened opened)
    {
        _end.Open(opened.Shard);
        foreach (var slot in _slots.Values)
            if (slot.Session.Home == opened.Shard) slot.Actor.Tell(opened);
    }

    private IActorRef ActorOf(PeerSession session) => _slots.TryGetValue(session.Key, out var slot) ? slot.Actor : ActorRefs.Nobody;

    private void Apply(ApplyPeers apply)
    {
        var peers = _end.Peers = apply.Peers;
        var wanted = peers.Select(peer => peer.PublicKey).ToHashSet();
        foreach (var gone in _order.Where(key => !wanted.Contains(key)).ToList()) End(gone);
        _order.Clear();
        foreach (var settings in peers)
        {
            _order.Add(settings.PublicKey);
            var place = PlaceOf(settings, apply);
            if (_slots.TryGetValue(settings.PublicKey, out var slot)) Change(slot, settings, place);
            else Replace(settings, place);
        }

        var table = new PeerTable(_order.Select(key => (_slots[key].Session, _slots[key].Settings.AllowedIps)));
        for (var shard = 0; shard < _end.Udp.Length; shard++)
            _end.Udp[shard].Tell(new ForTransport(new SecureCommand.UsePeers(_end.PartOf(table, shard))));
        foreach (var key in _order.Where(key => _slots[key].Actor.IsNobody())) Start(_slots[key]);
    }

    // With new sessions, which the packet half does not take for those before: what was agreed on under the former key ends with it.
    private void OnUseKey(UsePrivateKey use)
    {
        _end.UseKey(use.Key);
        _gate = new HandshakeGate(_end.Identity, _end.Indices);
        foreach (var udp in _end.Udp) udp.Tell(new ForTransport(new SecureCommand.UseName(_end.Key)));
        foreach (var slot in _slots.Values.ToList()) Replace(slot.Settings, PlaceOf(slot.Settings, use.Peers) ?? slot.Session.Endpoint);
        Apply(use.Peers);
    }

    private static InetEndpoint? PlaceOf(PeerSettings peer, ApplyPeers apply) =>
        apply.Located.TryGetValue(peer.PublicKey, out var place) ? place : null;

    /// <summary>Whatever changes, the peer stays who it is to the NAT, and its flows go on.</summary>
    private void Change(PeerSlot slot, PeerSettings settings, InetEndpoint? located)
    {
        var peer = slot.Session.Peer;
        peer.Name = settings.Name;
        // What it has used of its quota stays used.
        if (!slot.Settings.Limits.Says(settings.Limits)) peer.Allowance = new PeerAllowance(settings.Limits, peer.Allowance?.UsedBytes ?? 0);
        slot.Settings = settings;
        var move = located is { } place && place != slot.Session.Endpoint ? new SecureCommand.MoveTo(slot.Session, place) : null;
        if (move is not null) _end.Udp[slot.Session.Home].Tell(new ForTransport(move));
        slot.Actor.Tell(new ChangePeer(settings, HasMoved: move is not null));
    }

    private void OnResetQuota(ResetQuota reset)
    {
        var peer = _slots.TryGetValue(reset.Peer, out var slot) ? slot.Session.Peer : null;
        var forgiven = peer?.Allowance?.UsedBytes ?? 0;
        if (peer?.Allowance is { } allowance) peer.Allowance = new PeerAllowance(allowance.Limits);
        Sender.Tell(new QuotaReset(forgiven));
    }

    private void Replace(PeerSettings settings, InetEndpoint? place)
    {
        // At the start, and after a restart of this actor, the packet half has a session already; nobody says then where the peer is.
        var isKnown = !End(settings.PublicKey) && place is null;
        var session = (isKnown ? _end.SessionOf(settings.PublicKey) : null) ?? _end.NewSession(settings);
        if (place is not null) session.MoveTo(place.Value);
        _slots[settings.PublicKey] = new PeerSlot(settings, session);
    }

    // After the loop knows the session, so that what the actor asks for finds it there.
    private void Start(PeerSlot slot)
    {
        slot.Actor = Context.ActorOf(PeerActor.Props(_end, slot, _end.Udp[slot.Session.Home], _line), $"peer-{slot.Session.Peer.Id.Value}");
    }

    private bool End(PublicKey key)
    {
        if (!_slots.Remove(key, out var slot)) return false;
        _end.Leave(slot.Session);
        Context.Stop(slot.Actor);
        return true;
    }

    private void OnReach(ReachPacketHalves reach) => Task.WhenAll(_end.Udp.Select(udp => udp.Ask<PacketHalvesReached>(reach, LongestRound)))
        .PipeTo(Sender, success: _ => PacketHalvesReached.Instance);

    private SecurePeersReport Report() => new(_end.Key, [.. _order.Select(key => Status(_slots[key]))]);

    private static SecurePeerReport Status(PeerSlot slot)
    {
        var state = slot.State;
        return new SecurePeerReport(slot.Settings, slot.Session.Endpoint, state.EstablishedAt, state.HasSession, state.Attempts, state.Failure,
            slot.Session.Received.Bytes, slot.Session.Sent.Bytes)
        {
            UsedBytes = slot.Session.Peer.Allowance?.UsedBytes ?? 0,
            Cipher = state.HasSession ? state.Cipher : null,
        };
    }
}
