using Akka.Actor;
using Akka.Event;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Counters;
using UdpTun.Transport.Secure.Commands;
using UdpTun.Transport.Secure.Handshakes;
using UdpTun.Transport.Secure.PacketCiphers;

namespace UdpTun.Actors.Peers;

/// <summary>
/// One peer of the secure transport: its handshakes, its timers, and where to look for it. Looks at its session's stamps when the peer uses keys
/// that it asked for, once a second while there is something to look at, and not at all otherwise. On the default dispatcher.
/// </summary>
internal sealed class PeerActor : HandlerActor, IWithTimers
{
    private readonly SecureEnd _end;
    private readonly PeerSlot _slot;
    private readonly IActorRef _udp;
    private readonly LineContext _line;
    private readonly ILoggingAdapter _log = LiveLog.Of(Context);
    private readonly PeerProtocol _protocol;
    private readonly PeerSearch _search;
    private readonly List<SecureCommand> _commands = [];
    private TimeSpan? _establishedAt, _tickAt;
    private HandshakeFailure _told;
    private bool _isExamining;
    private int _examined;

    public PeerActor(SecureEnd end, PeerSlot slot, IActorRef udp, LineContext line)
    {
        (_end, _slot, _udp, _line) = (end, slot, udp, line);
        _protocol = new PeerProtocol(
            end.Identity, slot.Session, slot.Settings.PresharedKey, end.Settings.Times, end.Indices,
            Random.Shared.NextDouble)
        {
            PersistentKeepalive = slot.Settings.PersistentKeepalive,
            KeepsCalling = end.CallsAtOnce,
            AllowsAes = end.AllowsAes,
        };
        _protocol.Resume();
        _search = new PeerSearch(end.Resolve, slot.Settings.Endpoints);
        Receive<ForPeer>(message => Do(() => Count(_protocol.Receive(message.Message, _line.Now, _commands))));
        Receive<SessionWanted>(_ => Do(() => _protocol.Want(_line.Now, _commands)));
        Receive<SessionConfirmed>(_ => Do(() => _protocol.Tick(_line.Now, _commands)));
        Receive<Tick>(_ => OnTick());
        Receive<SocketOpened>(_ => OnOpened());
        Receive<ChangePeer>(OnChange);
        Receive<PeerSearch.Found>(OnFound);
        Receive<PeerSearch.NotFound>(OnNotFound);
        Receive<Search>(_ => _search.Next(Self));
        Receive<Examined>(OnExamined);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(SecureEnd end, PeerSlot slot, IActorRef udp, LineContext line) =>
        PropsOf(() => new PeerActor(end, slot, udp, line));

    protected override void PreStart()
    {
        if (_end.IsOpen(_slot.Session.Home)) OnOpened();
    }

    protected override void PostStop()
    {
        if (_slot.State.HasSession) _line.Events.PeerGone(_slot.Session.Peer, "removed");
        _protocol.Dispose();
    }

    /// <summary>Lets the protocol work, passes on what it asks for, and sees to the next time.</summary>
    private void Do(Action work)
    {
        work();
        Flush();
        if (_search.IsDue(_protocol)) _search.Next(Self);
        Follow();
    }

    private void Count(DropReason reason)
    {
        if (reason != DropReason.None) _line.Drops.Add(reason);
    }

    private void Flush()
    {
        foreach (var command in _commands) _udp.Tell(new ForTransport(command));
        _commands.Clear();
    }

    private void Follow()
    {
        Tell();
        if (_protocol.NextTick(_line.Now) is { } next && !(_tickAt <= next)) SetTick(next);
    }

    // Only ever to a sooner time: each message that names this peer comes by here, a stranger's too, and none may put the timers off.
    private void SetTick(TimeSpan at)
    {
        _tickAt = at;
        Timers.StartSingleTimer(Tick.Instance, Tick.Instance, Positive(at - _line.Now));
    }

    private void OnTick()
    {
        _tickAt = null;
        Do(() => _protocol.Tick(_line.Now, _commands));
    }

    private string? Cipher => _protocol.Suite is { } suite ? PacketCipher.NameOf(suite) : null;

    private void Tell()
    {
        var established = _protocol.EstablishedAt;
        if (established != _establishedAt)
        {
            if (_establishedAt is null || _told != HandshakeFailure.None)
                _log.Info("peer {Peer} has a session, at {Endpoint}, by {Cipher}", _slot.Settings.Name, _slot.Session.Endpoint, Cipher);
            else
                _log.Debug("peer {Peer} has new keys", _slot.Settings.Name);
            (_establishedAt, _told) = (established, HandshakeFailure.None);
        }

        if (_protocol.Failure.IsSilence()) Examine();
        if (_protocol.Failure != _told && _protocol.Failure != HandshakeFailure.None && !_isExamining)
        {
            _told = _protocol.Failure;
            _log.Warning("no session with peer {Peer} at {Endpoint}: {Reason}", _slot.Settings.Name, _slot.Session.Endpoint, _told.Explain());
        }

        TellComingAndGoing(_slot.State.HasSession, _protocol.HasKeys(_line.Now));
        _slot.State = new HandshakeState(
            established is { } at ? _end.Clock.GetUtcNow() - (_line.Now - at) : null, _protocol.HasKeys(_line.Now), _protocol.Attempts, _protocol.Failure,
            Cipher);
    }

    /// <summary>Looks once for each call that nobody answers.</summary>
    private void Examine()
    {
        if (_end.Examine is not { } examine || _isExamining || _protocol.Attempts == _examined || _slot.Session.Endpoint is not { } place) return;
        (_isExamining, _examined) = (true, _protocol.Attempts);
        examine(place).PipeTo(Self, success: found => new Examined(found), failure: _ => new Examined(HandshakeFailure.NoAnswer));
    }

    private void OnExamined(Examined examined)
    {
        _isExamining = false;
        _protocol.Explain(examined.Found);
        Tell();
    }

    private void TellComingAndGoing(bool had, bool has)
    {
        if (has && !had) _line.Events.PeerCame(_slot.Session.Peer);
        else if (had && !has) _line.Events.PeerGone(_slot.Session.Peer, "its keys have run out");
    }

    /// <summary>Whether a peer whose place is known, from the last run or since the socket was lost, is called before there is a packet for it.</summary>
    private bool CallsKnown => !_end.WaitsForPackets || _protocol.PersistentKeepalive is not null;

    /// <summary>A call that is under way has waited for the socket; another one now would make the answer to it none.</summary>
    private void OnOpened()
    {
        if (_protocol.IsCalling) Follow();
        else if (_slot.Session.Endpoint is null && _slot.Settings.Endpoints.Count > 0) _search.Next(Self);
        else if (_slot.Session.Endpoint is not null && !_protocol.HasKeys(_line.Now) && CallsKnown) Do(() => _protocol.Want(_line.Now, _commands));
        else Follow();
    }

    private void OnChange(ChangePeer change) => Do(() =>
    {
        _protocol.PersistentKeepalive = change.Settings.PersistentKeepalive;
        _protocol.Use(change.Settings.PresharedKey, _line.Now, _commands);
        var isElsewhere = _search.Use(change.Settings.Endpoints);
        if (isElsewhere) Timers.Cancel(Search.Instance);
        if (change.HasMoved) CallWhereItIsNow();
        else if (isElsewhere) _search.Next(Self);
    });

    private void OnFound(PeerSearch.Found found)
    {
        if (!_search.Awaits(found.Round)) return;
        var place = _search.Take(found, _protocol);
        if (_slot.Session.Endpoint == place)
        {
            Follow(); // still there; the protocol's own pauses are the right ones
            return;
        }

        _commands.Add(new SecureCommand.MoveTo(_slot.Session, place));
        Do(CallWhereItIsNow);
    }

    private void CallWhereItIsNow()
    {
        if (_protocol.IsCalling || _end.CallsAtOnce || _protocol.PersistentKeepalive is not null) _protocol.CallAgain(_line.Now, _commands);
    }

    private void OnNotFound(PeerSearch.NotFound failed)
    {
        if (!_search.Awaits(failed.Round)) return;
        _log.Warning("peer {Peer}: {Endpoint} leads to no address: {Reason}", _slot.Settings.Name, failed.Endpoint, failed.Reason);
        Timers.StartSingleTimer(Search.Instance, Search.Instance, _search.Fail());
    }

    private static TimeSpan Positive(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.FromMilliseconds(1);

    private sealed record Tick : INoSerializationVerificationNeeded
    {
        public static readonly Tick Instance = new();
    }

    private sealed record Examined(HandshakeFailure Found) : INoSerializationVerificationNeeded;

    private sealed record Search : INoSerializationVerificationNeeded
    {
        public static readonly Search Instance = new();
    }
}
