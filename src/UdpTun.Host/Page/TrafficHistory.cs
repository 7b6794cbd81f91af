using System.Diagnostics;
using UdpTun.Host.Control;
using UdpTun.Host.Control.Page;

namespace UdpTun.Host.Page;

/// <summary>The traffic of the last minutes, a sample each second, so that a page that is opened has a past to show.</summary>
internal sealed class TrafficHistory : IAsyncDisposable
{
    /// <summary>Samples that are kept: five minutes.</summary>
    public const int Capacity = 300;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly RunningInstance _instance;
    private readonly Lock _reading = new();
    private readonly Queue<TrafficSample> _samples = new(Capacity);
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _sampling;

    public TrafficHistory(RunningInstance instance)
    {
        _instance = instance;
        _sampling = SampleAsync();
    }

    /// <summary>Those taken after a time, the oldest first.</summary>
    public IReadOnlyList<TrafficSample> Since(long at)
    {
        lock (_reading) return [.. _samples.Where(sample => sample.At > at)];
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _sampling;
        _ending.Dispose();
    }

    private async Task SampleAsync()
    {
        using var timer = new PeriodicTimer(Interval);
        var (before, takenAt) = (Count(), Stopwatch.GetTimestamp());
        try
        {
            while (await timer.WaitForNextTickAsync(_ending.Token))
            {
                var (now, seconds) = (Count(), Stopwatch.GetElapsedTime(takenAt).TotalSeconds);
                takenAt = Stopwatch.GetTimestamp();
                Keep(new TrafficSample(
                    DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), Math.Round((now.Up - before.Up) / seconds),
                    Math.Round((now.Down - before.Down) / seconds), Math.Round((now.Drops - before.Drops) / seconds, 1)));
                before = now;
            }
        }
        catch (OperationCanceledException)
        {
            // The page is closed.
        }
    }

    private void Keep(TrafficSample sample)
    {
        lock (_reading)
        {
            if (_samples.Count == Capacity) _samples.Dequeue();
            _samples.Enqueue(sample);
        }
    }

    /// <summary>Of a server, from its clients and to them; of a client the other way round; where there is no socket, into the TUN and out of it.</summary>
    private (long Up, long Down, long Drops) Count()
    {
        var (up, down) = (0L, 0L);
        foreach (var shard in _instance.Shards)
        {
            var traffic = shard.Line.Traffic;
            up += _instance.About.Role switch { "server" => traffic.FromUdp.Bytes, "client" => traffic.ToUdp.Bytes, _ => traffic.FromTun.Bytes };
            down += _instance.About.Role switch { "server" => traffic.ToUdp.Bytes, "client" => traffic.FromUdp.Bytes, _ => traffic.ToTun.Bytes };
        }

        return (up, down, _instance.Shards[0].Line.Drops.Total); // one for all of them
    }
}
