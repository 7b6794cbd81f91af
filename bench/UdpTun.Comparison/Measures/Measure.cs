namespace UdpTun.Comparison.Measures;

/// <summary>Something that is measured of every contender in every round.</summary>
/// <param name="Key">Its name in JSON.</param>
/// <param name="Title">Its name in tables.</param>
/// <param name="Unit">Of the number.</param>
/// <param name="MoreIsBetter">Whether a larger number is the better one.</param>
internal sealed record Measure(string Key, string Title, string Unit, bool MoreIsBetter)
{
    public static readonly Measure TcpUp = new("tcpUp", "TCP up", "Gbit/s", true);
    public static readonly Measure TcpDown = new("tcpDown", "TCP down", "Gbit/s", true);
    public static readonly Measure TcpUp4 = new("tcpUp4", "TCP up, 4 connections", "Gbit/s", true);
    public static readonly Measure TcpDown4 = new("tcpDown4", "TCP down, 4 connections", "Gbit/s", true);
    public static readonly Measure SmallUdp = new("udp64", "64-byte UDP received", "thousand/s", true);
    public static readonly Measure LargeUdp = new("udp1200", "1200-byte UDP received", "thousand/s", true);
    public static readonly Measure RttIdle = new("rttIdle", "RTT idle, median", "ms", false);
    public static readonly Measure RttIdle99 = new("rttIdleP99", "RTT idle, p99", "ms", false);
    public static readonly Measure RttLoaded = new("rttLoaded", "RTT under TCP up, median", "ms", false);
    public static readonly Measure RttLoaded99 = new("rttLoadedP99", "RTT under TCP up, p99", "ms", false);
    public static readonly Measure Cpu = new("cpuPerGb", "CPU of both ends", "s/GB", false);
    public static readonly Measure Memory = new("peakMemory", "peak memory of a process", "MB", false);

    /// <summary>In the order of the tables.</summary>
    public static readonly IReadOnlyList<Measure> All =
    [
        TcpUp, TcpDown, TcpUp4, TcpDown4, SmallUdp, LargeUdp, RttIdle, RttIdle99, RttLoaded, RttLoaded99, Cpu, Memory,
    ];
}
