using Akka.Actor;
using Akka.Event;
using UdpTun.Actors.Lines;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Nat;

namespace UdpTun.Actors.Tunnel;

/// <summary>
/// Top of the tree (/user/tunnel): builds the line, keeps its devices open, restarts what fails, and says now and then how
/// things are. Runs on the default dispatcher; no packet passes through it.
/// </summary>
public sealed class TunnelGuardian : HandlerActor, IWithTimers
{
    private readonly GuardianPlan _plan;
    private readonly ILoggingAdapter _log = LiveLog.Of(Context);
    private readonly LostPackets _lostPackets;
    private readonly List<DeviceKeeper> _keepers = [];
    private readonly List<IActorRef> _waiting = [];
    private readonly List<LineParts> _shards = [];
    private TunnelFailed? _failed;
    private bool _ready;

    public TunnelGuardian(GuardianPlan plan)
    {
        _plan = plan;
        _lostPackets = new LostPackets(Self.Path, plan.Shards[0].Line.Drops);
        Receive<DeviceKeeper.Opened>(OnOpened);
        Receive<DeviceKeeper.Failed>(OnFailed);
        Receive<DeviceKeeper.TryAgain>(again => again.Keeper.Open());
        Receive<DeviceKeeper.Checked>(OnChecked);
        Receive<DeviceLost>(OnLost);
        Receive<WarmedUp>(_ => OnWarmedUp());
        Receive<GetDevice>(_ => _keepers.ForEach(keeper => keeper.OnGetDevice(Sender)));
        Receive<CheckDevices>(_ => _keepers.ForEach(keeper => keeper.Check()));
        Receive<WaitUntilReady>(OnWaitUntilReady);
        Receive<GetSessions>(OnGetSessions);
        Receive<SessionCommand>(OnSessionCommand);
        Receive<PeerCommand>(OnPeerCommand);
        Receive<EndTap>(OnEndTap);
        Receive<GetDevices>(_ => Sender.Tell(new DevicesReport([.. _keepers.Select(keeper => keeper.Report())])));
        Receive<GetPeers>(OnGetPeers);
        Receive<ApplyPeers>(apply => PeersOf(apply)?.Forward(apply));
        Receive<ResetQuota>(reset => PeersOf(reset)?.Forward(reset));
        Receive<UsePrivateKey>(use => PeersOf(use)?.Forward(use));
        Receive<ReachPacketHalves>(reach => PeersOf(reach)?.Forward(reach));
        Receive<ReopenSockets>(_ => OnReopenSockets());
        Receive<GetSecurePeers>(query => PeersOf(query)?.Forward(query));
        Receive<ApplySettings>(OnApplySettings);
        Receive<Summarize>(_ => LogSummary());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(GuardianPlan plan) => PropsOf(() => new TunnelGuardian(plan));

    protected override SupervisorStrategy SupervisorStrategy() => TunnelSupervision.OfParts(_log);

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe<AllDeadLetters>(_lostPackets);
        // All of them before the first device: a shard may have packets for any other at once.
        _shards.AddRange(_plan.Shards.Select(shard => shard.Role.Build(new LineBuilder(Context, shard))));
        foreach (var (shard, parts) in _plan.Shards.Zip(_shards)) KeepEnds(shard.Role, parts);
        TellStatus();
        StartTimers();
    }

    protected override void PostStop() => Context.System.EventStream.Unsubscribe<AllDeadLetters>(_lostPackets);

    private List<IActorRef> Reporters => [.. _shards.Select(parts => parts.Reporter).OfType<IActorRef>()];

    private static IActorRef[] Users(params IActorRef?[] users) => [.. users.OfType<IActorRef>()];

    private void KeepEnds(ILinePlan role, LineParts parts)
    {
        // The writer first: what the reader lets in may have its answer before the next message is on its way.
        if (role.Tun is { } tun)
            Keep(new DeviceKeeper(tun, device => new TunOpened((Net.Io.ITunDevice)device, parts.FromTun!),
                Users(parts.TunWriter, parts.TunReader), () => _plan.Reopen, Self, Timers, _log));
        if (role.Udp is { } udp)
            Keep(new DeviceKeeper(udp, device => new UdpOpened((Net.Io.IUdpSocket)device, parts.FromUdp!),
                Users(parts.Udp), () => _plan.Reopen, Self, Timers, _log));
    }

    private void Keep(DeviceKeeper keeper)
    {
        _keepers.Add(keeper);
        keeper.Open();
    }

    private void OnOpened(DeviceKeeper.Opened opened)
    {
        opened.Keeper.OnOpened(opened.Device);
        TellStatus();
        if (_ready || !_keepers.TrueForAll(keeper => keeper.IsOpen)) return;
        if (_plan.WarmedUp.IsCompleted) OnWarmedUp();
        else _plan.WarmedUp.PipeTo(Self, success: () => WarmedUp.Instance, failure: _ => WarmedUp.Instance);
    }

    private void OnWarmedUp()
    {
        if (_ready) return;
        _ready = true;
        _log.Info("ready: packets pass");
        Answer(TunnelReady.Instance);
    }

    private void OnReopenSockets()
    {
        foreach (var keeper in _keepers.Where(keeper => keeper.IsSocket)) keeper.Open();
    }

    private void OnFailed(DeviceKeeper.Failed failed)
    {
        if (!failed.Keeper.OnFailed(failed.Reason)) return;
        _failed = new TunnelFailed(failed.Reason);
        Answer(_failed);
    }

    private void OnLost(DeviceLost lost)
    {
        foreach (var keeper in _keepers) keeper.OnLost(lost.Device, lost.Status == Net.Io.IoStatus.Down ? "is down" : "is gone");
        TellStatus();
    }

    private void OnChecked(DeviceKeeper.Checked found)
    {
        found.Keeper.OnChecked(found.Device, found.Healthy);
        if (!found.Healthy) TellStatus();
    }

    private void TellStatus() => _plan.Status.Devices = [.. _keepers.Select(keeper => keeper.Status)];

    private void OnWaitUntilReady(WaitUntilReady wait)
    {
        if (_ready) Sender.Tell(TunnelReady.Instance);
        else if (_failed is not null) Sender.Tell(_failed);
        else _waiting.Add(Sender);
    }

    private void Answer(object answer)
    {
        foreach (var waiting in _waiting) waiting.Tell(answer);
        _waiting.Clear();
    }

    private void OnGetSessions(GetSessions query)
    {
        if (Reporters is { Count: > 0 } reporters) Context.ActorOf(SessionSearch.Props(reporters, query, _plan.Shards[0].Line, Sender));
        else Sender.Tell(new SessionsReport([], 0, 0, []));
    }

    private void OnGetPeers(GetPeers query)
    {
        if (Reporters is { Count: > 0 } reporters)
            Context.ActorOf(ReportGatherer<PeersReport>.Props(reporters, query, reports => SessionReporter.Join(reports, query.Max), Sender));
        else
            Sender.Tell(new PeersReport([], 0));
    }

    private void OnSessionCommand(SessionCommand command)
    {
        // The shards number their sessions in turn (NatTable).
        var shard = _shards[(int)((command.Session.Value - 1) % _shards.Count)];
        if (shard.Nat is { } nat) nat.Forward(command);
        else Sender.Tell(NoSuchSession.Instance);
    }

    private void OnPeerCommand(PeerCommand command)
    {
        var shards = _shards.Where(parts => parts is { Nat: not null, Gateway: not null }).ToList();
        if (shards.Count == 0) Sender.Tell(new PeerNotFound([]));
        else Context.ActorOf(PeerCommandRouter.Props(shards, command, Sender));
    }

    // Of a tap whose beginning nobody has heard of: any shard may have it.
    private void OnEndTap(EndTap command)
    {
        foreach (var shard in _shards) shard.Nat?.Tell(command, ActorRefs.NoSender);
    }

    private void StartTimers()
    {
        Timers.StartPeriodicTimer(CheckDevices.Instance, CheckDevices.Instance, _plan.Reopen.CheckInterval);
        Timers.StartPeriodicTimer(Summarize.Instance, Summarize.Instance, _plan.SummaryInterval);
    }

    private void OnApplySettings(ApplySettings apply)
    {
        var (reopen, summary) = (apply.Settings.Reopen, apply.Settings.Log.SummaryInterval);
        if (reopen != _plan.Reopen || summary != _plan.SummaryInterval)
        {
            (_plan.Reopen, _plan.SummaryInterval) = (reopen, summary);
            StartTimers();
        }

        foreach (var shard in _plan.Shards) shard.Line.OuterClass.Dscp = apply.Settings.Udp.Dscp;
        var shards = _shards.Select(parts => parts.Settings).OfType<IActorRef>().ToList();
        if (shards.Count == 0) Sender.Tell(new SettingsApplied([]));
        else Context.ActorOf(ReportGatherer<SettingsApplied>.Props(shards, apply, Join, Sender));

        static SettingsApplied Join(IReadOnlyList<SettingsApplied> all) => new([.. all.SelectMany(applied => applied.Waiting)]);
    }

    private IActorRef? PeersOf(object message)
    {
        var peers = _shards.Select(parts => parts.Peers).FirstOrDefault(peers => peers is not null);
        if (peers is null) Unhandled(message);
        return peers;
    }

    private void LogSummary()
    {
        foreach (var line in Summary.Of(_plan.Shards)) _log.Info(line.Template, line.Values);
    }

    private sealed record CheckDevices : INoSerializationVerificationNeeded
    {
        public static readonly CheckDevices Instance = new();
    }

    private sealed record WarmedUp : INoSerializationVerificationNeeded
    {
        public static readonly WarmedUp Instance = new();
    }

    private sealed record Summarize : INoSerializationVerificationNeeded
    {
        public static readonly Summarize Instance = new();
    }
}
