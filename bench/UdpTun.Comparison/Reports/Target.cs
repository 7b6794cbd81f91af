using System.Globalization;
using UdpTun.Comparison.Measures;

namespace UdpTun.Comparison.Reports;

/// <summary>Something that UdpTun is to reach beside the others in the same run.</summary>
/// <param name="What">The measure's side of it.</param>
/// <param name="Aim">In words.</param>
/// <param name="Reached">The number that it came to; null where a contender of it was not measured.</param>
/// <param name="Holds">Whether that is enough.</param>
internal sealed record Target(string What, string Aim, double? Reached, bool Holds)
{
    private const string Us = "udptun", Secure = "udptun-secure", WireGuard = "wireguard-go", NewWireGuard = "wireguard-go-new";

    public static IReadOnlyList<Target> Of(Results results) =>
    [
        AtLeast(results, Measure.TcpUp, "relay", 0.95), AtLeast(results, Measure.TcpDown, "relay", 0.95),
        AtLeast(results, Measure.TcpUp, "kernel", 0.55), AtLeast(results, Measure.TcpDown, "kernel", 0.55),
        AtLeast(results, Measure.TcpUp, "openvpn-null", 10), AtLeast(results, Measure.TcpDown, "openvpn-null", 10),
        AtLeast(results, Measure.TcpUp, "fastd-null", 10), AtLeast(results, Measure.TcpDown, "fastd-null", 10),
        AtLeast(results, Measure.TcpUp4, "relay", 0.95), AtLeast(results, Measure.TcpDown4, "relay", 0.95),
        AtLeast(results, Measure.TcpUp4, "kernel", 0.33), AtLeast(results, Measure.TcpDown4, "kernel", 0.33),
        AtLeast(results, Measure.SmallUdp, "relay", 1.2), AtLeast(results, Measure.SmallUdp, "kernel", 0.8),
        Compared(Measure.SmallUdp, "the best peer", results.Median(Us, Measure.SmallUdp) / results.BestPeer(Measure.SmallUdp), 2, true),
        AtMost(results, Measure.RttIdle, "relay", 1.2), AtMost(results, Measure.RttIdle99, "relay", 1.5),
        Absolute(Measure.RttLoaded, results.Median(Us, Measure.RttLoaded), 2),
        AtMost(results, Measure.Cpu, "relay", 1.2),
        Absolute(Measure.Memory, results.Median(Us, Measure.Memory), 100),
    ];

    /// <summary>The same for the transport that encrypts.</summary>
    public static IReadOnlyList<Target> OfSecure(Results results) =>
    [
        .. Throughput.SelectMany(measure => new[]
        {
            Compared(measure, WireGuard, results.Median(Secure, measure) / results.Median(WireGuard, measure), 5, true),
            Compared(measure, NewWireGuard, results.Median(Secure, measure) / results.Median(NewWireGuard, measure), 2, true),
        }),
        .. new[] { WireGuard, NewWireGuard }.SelectMany(other => new[]
        {
            Compared(Measure.SmallUdp, other, results.Median(Secure, Measure.SmallUdp) / results.Median(other, Measure.SmallUdp), 2, true),
            Compared(Measure.RttIdle, other, results.Median(Secure, Measure.RttIdle) / results.Median(other, Measure.RttIdle), 1, false),
            Compared(Measure.RttLoaded, other, results.Median(Secure, Measure.RttLoaded) / results.Median(other, Measure.RttLoaded), 1, false),
        }),
        Absolute(Measure.Memory, results.Median(Secure, Measure.Memory), 120),
    ];

    private static IReadOnlyList<Measure> Throughput => [Measure.TcpUp, Measure.TcpDown, Measure.TcpUp4, Measure.TcpDown4];

    /// <summary>The number as it is shown.</summary>
    public string Figure => Reached is { } reached ? reached.ToString(reached < 10 ? "F2" : "F0", CultureInfo.InvariantCulture) : "not measured";

    private static Target AtLeast(Results results, Measure measure, string other, double factor) =>
        Compared(measure, other, results.Median(Us, measure) / results.Median(other, measure), factor, true);

    private static Target AtMost(Results results, Measure measure, string other, double factor) =>
        Compared(measure, other, results.Median(Us, measure) / results.Median(other, measure), factor, false);

    private static Target Compared(Measure measure, string other, double? ratio, double factor, bool atLeast)
    {
        var aim = $"{(atLeast ? "at least" : "at most")} {factor.ToString(CultureInfo.InvariantCulture)} of {other}";
        return new Target(measure.Title, aim, ratio, atLeast ? ratio >= factor : ratio <= factor);
    }

    private static Target Absolute(Measure measure, double? value, double most) =>
        new(measure.Title, $"at most {most.ToString(CultureInfo.InvariantCulture)} {measure.Unit}", value, value <= most);
}
