using UdpTun.Actors.EventLoop;
using UdpTun.Actors.Tunnel;

namespace UdpTun.Host.Health;

/// <summary>Whether the tunnel really works: each loop is given something to do and has to have done it, and the devices are open.</summary>
internal sealed class TunnelHealth(IReadOnlyList<EventLoop> loops, TunnelStatus status, TimeSpan patience)
{
    // A round takes milliseconds even under load; one that takes seconds will not end.
    private static readonly TimeSpan UsualPatience = TimeSpan.FromSeconds(5);

    private readonly LoopPulse[] _pulses = [.. loops.Select(loop => new LoopPulse(loop))];

    public TunnelHealth(IReadOnlyList<EventLoop> loops, TunnelStatus status)
        : this(loops, status, UsualPatience)
    {
    }

    /// <summary>What keeps packets from passing though the process lives, in a sentence; null: nothing does.</summary>
    public async Task<string?> FindStuckLoopAsync()
    {
        var beats = await Task.WhenAll(_pulses.Select(pulse => pulse.BeatsAsync(patience)));
        var stuck = beats.Index().Where(beat => !beat.Item).Select(beat => beat.Index + 1).ToList();
        return stuck.Count == 0 ? null : $"event loop {string.Join(", ", stuck)} has not turned for {patience.TotalSeconds:0.###} s";
    }

    /// <summary>What has to be opened before packets can pass, in a sentence; null: all is open.</summary>
    public string? FindLostDevice()
    {
        if (status.IsReady) return null;
        var lost = status.Devices.Where(device => !device.IsOpen).Select(device => device.Name).Distinct().ToList();
        return lost.Count == 0 ? "the tunnel is being built" : $"not open: {string.Join(", ", lost)}";
    }
}
