namespace UdpTun.Conformance.Rfcs;

/// <summary>Timers short enough to wait for. Rows that want any of them want them all, and so share a laboratory.</summary>
internal static class Scaled
{
    internal const double Udp = 3;
    internal const double Icmp = 3;
    internal const double TcpOpening = 3;
    internal const double TcpEstablished = 8;
    internal const double TcpClosing = 3;

    /// <summary>Long enough for the sweep, and for a machine that is busy.</summary>
    internal const double Margin = 1.5;

    internal static readonly string[] Timers =
    [
        $"nat.timeouts.udp={Udp}s", $"nat.timeouts.icmp={Icmp}s", $"nat.timeouts.tcp-opening={TcpOpening}s",
        $"nat.timeouts.tcp-established={TcpEstablished}s", $"nat.timeouts.tcp-closing={TcpClosing}s", "nat.sweep-interval=200ms",
    ];

    internal static Task Wait(double seconds) => Task.Delay(TimeSpan.FromSeconds(seconds));
}
