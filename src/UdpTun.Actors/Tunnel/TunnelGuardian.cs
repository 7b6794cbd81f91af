using Akka.Actor;
using Akka.Event;
using UdpTun.Actors.Lines;
using UdpTun.Actors.Messages;
using UdpTun.Net.Counters;

namespace UdpTun.Actors.Tunnel;

/// <summary>
/// Top of the tree (/user/tunnel): builds the line, keeps its devices open, restarts what fails, releases batches that lost their
/// receiver, and says now and then how things are. Runs on the default dispatcher; no packet passes through it but dead ones.
/// </summary>
public sealed class TunnelGuardian : ReceiveActor, IWithTimers
{
    private readonly GuardianPlan _plan;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly List<DeviceKeeper> _keepers = [];
    private readonly List<IActorRef> _waiting = [];
    private LineParts _parts = new();
    private TunnelFailed? _failed;
    private bool _ready;

    public TunnelGuardian(GuardianPlan plan)
    {
        _plan = plan;
        Receive<DeviceKeeper.Opened>(OnOpened);
        Receive<DeviceKeeper.Failed>(OnFailed);
        Receive<DeviceKeeper.TryAgain>(again => again.Keeper.Open());
        Receive<DeviceKeeper.Checked>(found => found.Keeper.OnChecked(found.Device, found.Healthy));
        Receive<DeviceLost>(OnLost);
        Receive<GetDevice>(_ => _keepers.ForEach(keeper => keeper.OnGetDevice(Sender)));
        Receive<CheckDevices>(_ => _keepers.ForEach(keeper => keeper.Check()));
        Receive<WaitUntilReady>(OnWaitUntilReady);
        Receive<GetSessions>(OnGetSessions);
        Receive<AllDeadLetters>(OnDeadLetter);
        Receive<Summarize>(_ => LogSummary());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(GuardianPlan plan) => Akka.Actor.Props.Create(() => new TunnelGuardian(plan));

    protected override SupervisorStrategy SupervisorStrategy() => TunnelSupervision.OfParts(_log);

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe<AllDeadLetters>(Self);
        _parts = _plan.Role.Build(new LineBuilder(Context, _plan));
        if (_plan.Role.Tun is { } tun)
            Keep(new DeviceKeeper(tun, device => new TunOpened((Net.Io.ITunDevice)device, _parts.FromTun!),
                Users(_parts.TunReader, _parts.TunWriter), _plan.Reopen, Self, Timers, _log));
        if (_plan.Role.Udp is { } udp)
            Keep(new DeviceKeeper(udp, device => new UdpOpened((Net.Io.IUdpSocket)device, _parts.FromUdp!),
                Users(_parts.Udp), _plan.Reopen, Self, Timers, _log));
        Timers.StartPeriodicTimer(CheckDevices.Instance, CheckDevices.Instance, _plan.Reopen.CheckInterval);
        Timers.StartPeriodicTimer(Summarize.Instance, Summarize.Instance, _plan.SummaryInterval);
    }

    protected override void PostStop()
    {
        Context.System.EventStream.Unsubscribe<AllDeadLetters>(Self);
        LogSummary();
    }

    private static IActorRef[] Users(params IActorRef?[] users) => [.. users.OfType<IActorRef>()];

    private void Keep(DeviceKeeper keeper)
    {
        _keepers.Add(keeper);
        keeper.Open();
    }

    private void OnOpened(DeviceKeeper.Opened opened)
    {
        opened.Keeper.OnOpened(opened.Device);
        if (_ready || !_keepers.TrueForAll(keeper => keeper.IsOpen)) return;
        _ready = true;
        _log.Info("ready: packets pass");
        Answer(TunnelReady.Instance);
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
    }

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
        if (_parts.Nat is { } nat) nat.Forward(query);
        else Sender.Tell(new SessionsReport([], 0, 0, []));
    }

    private void OnDeadLetter(AllDeadLetters letter)
    {
        if (letter.Message is not FlowBatch lost) return;
        _plan.Line.Drops.Add(DropReason.ActorFailed, lost.Packets.Count);
        lost.Packets.Release();
    }

    private void LogSummary()
    {
        var traffic = _plan.Line.Traffic;
        _log.Log(LogLevel.InfoLevel, "summary: clients {Clients}, sessions {Sessions}, "
            + "TUN in {FromTunPackets} packets {FromTunBytes} bytes, TUN out {ToTunPackets} packets {ToTunBytes} bytes, "
            + "UDP in {FromUdpPackets} packets {FromUdpBytes} bytes, UDP out {ToUdpPackets} packets {ToUdpBytes} bytes, drops {Drops}",
            [
                _plan.Role.ClientCount ?? 0, _plan.Role.SessionCount ?? 0,
                traffic.FromTun.Packets, traffic.FromTun.Bytes, traffic.ToTun.Packets, traffic.ToTun.Bytes,
                traffic.FromUdp.Packets, traffic.FromUdp.Bytes, traffic.ToUdp.Packets, traffic.ToUdp.Bytes,
                _plan.Line.Drops.Total == 0 ? "none" : _plan.Line.Drops.ToString(),
            ]);
    }

    private sealed record CheckDevices : INoSerializationVerificationNeeded
    {
        public static readonly CheckDevices Instance = new();
    }

    private sealed record Summarize : INoSerializationVerificationNeeded
    {
        public static readonly Summarize Instance = new();
    }
}
