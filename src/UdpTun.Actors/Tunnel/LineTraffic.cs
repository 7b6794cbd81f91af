using UdpTun.Net.Counters;

namespace UdpTun.Actors.Tunnel;

/// <summary>What crossed the two ends of the line, in IP packets and their bytes. Written on the loop, readable from any thread.</summary>
public sealed class LineTraffic
{
    public TrafficCounters FromTun { get; } = new();

    public TrafficCounters ToTun { get; } = new();

    public TrafficCounters FromUdp { get; } = new();

    public TrafficCounters ToUdp { get; } = new();

    /// <summary>What this shard gave to others, whose it was.</summary>
    public TrafficCounters HandedOver { get; } = new();
}
