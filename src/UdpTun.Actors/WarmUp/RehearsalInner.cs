using System.Diagnostics;
using Akka.Actor;
using UdpTun.Actors.EventLoop;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Buffers;
using UdpTun.Net.Io;

namespace UdpTun.Actors.WarmUp;

/// <summary>The programs behind a rehearsal's client: sends the packets of a round, waits for the answers to all of them, sends the next.</summary>
internal sealed class RehearsalInner : HandlerActor, IWithTimers
{
    /// <summary>New flows and bursts before the line is opened: every method has been called.</summary>
    private const int FirstRounds = 40;

    /// <summary>Rounds between two breaths once the real line stands: it has the better right to the processor.</summary>
    private const int RoundsAtOnce = 4;

    /// <summary>Breaths without an answer after which a round is given up.</summary>
    private const int MostSilence = 10;

    private static readonly TimeSpan s_breath = TimeSpan.FromMilliseconds(10);

    private readonly IEventLoop _loop;
    private readonly ITunDevice _device;
    private readonly TaskCompletionSource _ranThrough;
    private readonly PacketPool _pool = new(2);
    private int _round;
    private int _missing;
    private int _silence;

    /// <param name="loop">The rehearsal's.</param>
    /// <param name="device">Leads into the client's TUN.</param>
    /// <param name="ranThrough">Told when the first rounds are answered.</param>
    public RehearsalInner(IEventLoop loop, ITunDevice device, TaskCompletionSource ranThrough)
    {
        (_loop, _device, _ranThrough) = (loop, device, ranThrough);
        Receive<ReadReady>(_ => OnAnswers());
        Receive<Breath>(_ => OnBreath());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(IEventLoop loop, ITunDevice device, TaskCompletionSource ranThrough) =>
        PropsOf(() => new RehearsalInner(loop, device, ranThrough)).WithDispatcher(Shard.LoopDispatcher);

    protected override void PreStart()
    {
        _loop.WatchReads(_device, Self);
        Timers.StartPeriodicTimer(Breath.Taken, Breath.Taken, s_breath);
        SendRound();
    }

    protected override void PostStop() => _loop.Forget(_device);

    private void OnAnswers()
    {
        if (!_pool.TryLease(out var burst)) return;
        _device.Read(burst);
        _missing -= burst.WeightOf(0, burst.Count).Packets;
        burst.Release();
        _silence = 0;
        if (_missing <= 0 && (_round < FirstRounds || _round % RoundsAtOnce != 0)) SendRound();
    }

    private void OnBreath()
    {
        // What arrives while a line is only half open is lost, as it would be on the real one.
        if (++_silence > MostSilence || (_missing <= 0 && _round >= FirstRounds)) SendRound();
    }

    private void SendRound()
    {
        if (_round == FirstRounds) _ranThrough.TrySetResult();
        _silence = 0;
        if (!_pool.TryLease(out var burst)) return;
        foreach (var (packet, offload) in RehearsalPackets.Round(_round++, _device.Offload))
        {
            Debug.Assert(burst.HasRoomFor(packet.Length), "a round fits a burst");
            packet.CopyTo(burst.Bytes, burst.NextOffset);
            burst.Append(packet.Length, offload);
        }

        _missing = burst.WeightOf(0, burst.Count).Packets;
        var batch = burst.Share(0, burst.Count);
        _device.Write([batch], 0);
        batch.Release();
        burst.Release();
    }

    private sealed record Breath
    {
        public static readonly Breath Taken = new();
    }
}
