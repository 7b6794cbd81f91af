namespace UdpTun.Transport.Tests.Secure.Simulation;

/// <summary>The time of day of one end, which may jump, over a monotonic time that all ends share and that moves only when told to.</summary>
internal sealed class VirtualClock(SharedTime time) : TimeProvider
{
    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>How far the time of day is off.</summary>
    public TimeSpan Offset { get; set; }

    public override DateTimeOffset GetUtcNow() => Epoch + time.Now + Offset;
}

/// <summary>Monotonic time since the simulation's beginning.</summary>
internal sealed class SharedTime
{
    public TimeSpan Now { get; set; } = TimeSpan.FromSeconds(1);
}
