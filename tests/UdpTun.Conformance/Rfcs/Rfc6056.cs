using System.Globalization;
using UdpTun.Conformance.Lab;
using UdpTun.Conformance.Table;
using UdpTun.Testing.Packets;

namespace UdpTun.Conformance.Rfcs;

/// <summary>RFC 6056: ports that nobody can guess. Ten thousand of them are compared with chance.</summary>
internal static class Rfc6056
{
    private const int Samples = 10_000;
    private const int First = 10_000;
    private const int Last = 59_999;
    private const int Bins = 50;

    // A fair source exceeds these once in ten thousand runs: chi-square of 49 degrees of freedom, and 4 standard errors of a correlation.
    private const double ChiSquareLimit = 94;
    private const double CorrelationLimit = 0.04;

    internal static IEnumerable<Requirement> Rows { get; } =
    [
        new("RFC 6056, RFC 7857 section 9, RFC 6888 REQ-15", "Outer ports are chosen at random over the whole range.", PortsAtRandom)
        {
            Server =
            [
                $"nat.ports={First}-{Last}", $"nat.max-mappings-per-client={2 * Samples}", $"nat.max-sessions-per-client={2 * Samples}",
                "udp.receive-buffer=64MiB",
            ],
            Alone = true,
        },
    ];

    private static async Task<Evidence> PortsAtRandom(Laboratory lab)
    {
        using var flow = new CraftedFlow(lab);
        for (var i = 0; i < Samples; i++)
        {
            var packet = flow.Udp();
            var port = 1024 + i;
            (packet[20], packet[21]) = ((byte)(port >> 8), (byte)port);
            flow.Inside.Send(PacketBuilder.Finish(packet));
            // No more on their way than a TUN's queue and the newcomers' buffers hold, however busy the machine is.
            if (i % 200 == 199) await flow.Outside.Await(Left, TimeSpan.FromSeconds(1), i + 1);
        }

        var left = await flow.Outside.Await(Left, TimeSpan.FromSeconds(10), Samples);
        var ports = left.Select(packet => packet.From.Port).ToArray();
        var chiSquare = ChiSquare(ports);
        var correlation = Correlation(ports);
        return new(
            ports.Length > Samples * 0.99 && ports.All(port => port is >= First and <= Last) && ports.Distinct().Count() == ports.Length
                && chiSquare < ChiSquareLimit && Math.Abs(correlation) < CorrelationLimit,
            string.Create(CultureInfo.InvariantCulture,
                $"{ports.Length} flows from {ports.Distinct().Count()} ports of {First}-{Last}; chi-square over {Bins} bins "
                    + $"{chiSquare:0.0} (limit {ChiSquareLimit}), "
                + $"correlation of neighbours {correlation:0.000} (limit {CorrelationLimit})"));

        bool Left(SeenPacket packet) => packet.IsUdpTo(flow.Remote);
    }

    private static double ChiSquare(int[] ports)
    {
        var expected = ports.Length / (double)Bins;
        var counts = new int[Bins];
        foreach (var port in ports) counts[Math.Clamp((port - First) / ((Last - First + 1) / Bins), 0, Bins - 1)]++;
        return counts.Sum(count => (count - expected) * (count - expected) / expected);
    }

    /// <summary>Between each port and the next one given: a counter has 1, chance about 0.</summary>
    private static double Correlation(int[] ports)
    {
        var mean = ports.Average();
        var variance = ports.Sum(port => (port - mean) * (port - mean));
        return ports.Zip(ports.Skip(1), (one, next) => (one - mean) * (next - mean)).Sum() / variance;
    }
}
