// Stage: beside the line. Thread: event loop, a bounded slice a turn. Memory: holds no packets.
using Akka.Actor;
using Akka.Event;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;

namespace UdpTun.Actors.Nat;

/// <summary>
/// Ends what is idle: one sweep over the table every interval, at most <see cref="EntriesPerTurn"/> entries a turn so that packets
/// get their turns in between. No session has a timer of its own.
/// </summary>
internal sealed class SessionExpiryScheduler : HandlerActor, IWithTimers
{
    /// <summary>Entries visited between two chances for packets to pass.</summary>
    public const int EntriesPerTurn = 1000;

    private readonly NatTable _table;
    private readonly IPeerRegistry _peers;
    private readonly LineContext _line;
    private readonly UnsolicitedSynAnswers? _unsolicited;
    private readonly ILoggingAdapter _log = LiveLog.Of(Context);
    private readonly List<NatSession> _ended = new(EntriesPerTurn);
    private readonly List<Peer> _gone = [];
    private bool _sweeping;

    public SessionExpiryScheduler(LineContext line, NatTable table, IPeerRegistry peers, UnsolicitedSynAnswers? unsolicited)
    {
        (_line, _table, _peers, _unsolicited) = (line, table, peers, unsolicited);
        Receive<StartSweep>(OnStart);
        Receive<ContinueSweep>(_ => SweepTurn());
        Receive<ApplySettings>(_ => StartTimer());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="line">Tells the time.</param>
    /// <param name="table">Whose sessions end; its policy says how often it is swept.</param>
    /// <param name="peers">Who is forgotten without sessions.</param>
    /// <param name="unsolicited">Whose answers fall due; null on a line that lets in nobody.</param>
    public static Props Props(LineContext line, NatTable table, IPeerRegistry peers, UnsolicitedSynAnswers? unsolicited) =>
        PropsOf(() => new SessionExpiryScheduler(line, table, peers, unsolicited));

    protected override void PreStart() => StartTimer();

    private void StartTimer() => Timers.StartPeriodicTimer(StartSweep.Instance, StartSweep.Instance, _table.Policy.SweepInterval);

    private void OnStart(StartSweep start)
    {
        _unsolicited?.GiveDue();
        if (_sweeping) return;
        _sweeping = true;
        SweepTurn();
    }

    private void SweepTurn()
    {
        var now = _line.Now;
        _ended.Clear();
        var complete = _table.Sweep(now, EntriesPerTurn, _ended);
        foreach (var session in _ended) (session.Handler as IActorRef)?.Tell(SessionExpired.Instance);
        if (!complete)
        {
            Self.Tell(ContinueSweep.Instance);
            return;
        }

        _sweeping = false;
        ForgetIdlePeers(now);
    }

    private void ForgetIdlePeers(TimeSpan now)
    {
        _gone.Clear();
        _peers.Sweep(now, _table.Needs, _gone);
        foreach (var peer in _gone)
        {
            _table.Forget(peer.Id);
            _log.Info("client {Client} is gone; packets from it {PacketsReceived}, to it {PacketsSent}",
                peer.Name, peer.Received.Packets, peer.Sent.Packets);
            // A secure peer's actor has told already.
            if (peer.Endpoint != default) _line.Events.PeerGone(peer, "silent");
        }
    }

    private sealed record StartSweep : INoSerializationVerificationNeeded
    {
        public static readonly StartSweep Instance = new();
    }

    private sealed record ContinueSweep : INoSerializationVerificationNeeded
    {
        public static readonly ContinueSweep Instance = new();
    }
}
