using System.IO.Pipelines;
using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Net.Treatment.Capture;

namespace UdpTun.Host.Control.Treatment;

/// <summary>
/// A tap from its beginning until it is ended, its reader is gone, or nobody has come to read it. Threads of the pool write; the loop only
/// copies.
/// </summary>
internal sealed class RunningTap
{
    private const int BytesBetweenFlushes = 256 << 10;

    private static readonly TimeSpan PatienceForReader = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan StatisticsInterval = TimeSpan.FromSeconds(1);

    private readonly PacketTap _tap;
    private readonly IActorRef _nat;
    private readonly TimeProvider _clock;
    private readonly Action _forget;
    private readonly CancellationTokenSource _ended = new();
    private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _readers;

    public RunningTap(PacketTap tap, IActorRef nat, TimeProvider clock, Action forget)
    {
        (_tap, _nat, _clock, _forget) = (tap, nat, clock, forget);
        _ = EndWithoutReader();
    }

    public TapEndAnswer Result => new(
        _tap.Seen(CaptureSide.Inner).Packets, _tap.Missed(CaptureSide.Inner).Packets,
        _tap.Seen(CaptureSide.Outer).Packets, _tap.Missed(CaptureSide.Outer).Packets);

    /// <summary>Writes the file as the packets come; returns when the tap has been ended and all is written.</summary>
    /// <exception cref="ControlException">Somebody reads it already.</exception>
    public async Task Write(PipeWriter output, CancellationToken aborted)
    {
        if (Interlocked.Exchange(ref _readers, 1) == 1) throw new ControlException(409, "somebody reads this tap already");
        try
        {
            var now = _clock.GetElapsedTime(0);
            var writer = new CaptureWriter(_tap, output, DateTimeOffset.UtcNow - now);
            writer.Begin();
            await output.FlushAsync(aborted);
            var statisticsAt = TimeSpan.Zero;
            while (!_ended.IsCancellationRequested)
            {
                await Drain(writer, output, aborted);
                if ((now = _clock.GetElapsedTime(0)) >= statisticsAt) await WriteStatistics(writer, output, aborted);
                if (now >= statisticsAt) statisticsAt = now + StatisticsInterval;
                await writer.WaitAsync(StatisticsInterval, aborted);
            }

            await Drain(writer, output, aborted);
            await WriteStatistics(writer, output, aborted);
        }
        finally
        {
            _written.TrySetResult();
            await Detach();
        }
    }

    /// <summary>Ends the tap and waits until the reader has all of it.</summary>
    public async Task End()
    {
        await Detach();
        if (Volatile.Read(ref _readers) == 1) await _written.Task.WaitAsync(RunningInstance.Patience);
    }

    private static async Task Drain(CaptureWriter writer, PipeWriter output, CancellationToken aborted)
    {
        while (writer.Write(BytesBetweenFlushes)) await output.FlushAsync(aborted);
    }

    private async Task WriteStatistics(CaptureWriter writer, PipeWriter output, CancellationToken aborted)
    {
        writer.WriteStatistics(_clock.GetElapsedTime(0));
        await output.FlushAsync(aborted);
    }

    private async Task Detach()
    {
        if (_ended.IsCancellationRequested) return;
        await _nat.Ask<TapEnded>(new EndTap(_tap), RunningInstance.Patience);
        await _ended.CancelAsync();
        _tap.Wake();
        _forget();
    }

    private async Task EndWithoutReader()
    {
        await Task.Delay(PatienceForReader);
        if (Volatile.Read(ref _readers) == 0) await End();
    }
}
