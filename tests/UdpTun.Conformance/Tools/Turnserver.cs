using UdpTun.Conformance.Lab;
using UdpTun.EndToEnd;

namespace UdpTun.Conformance.Tools;

/// <summary>coturn: a STUN server with two addresses and two ports in the internet (RFC 5780), and the client that asks it.</summary>
internal static class Turnserver
{
    private const string Port = "3478";

    /// <summary>Starts it, unless an earlier row did.</summary>
    internal static async Task Start(Laboratory lab)
    {
        if (Listens(lab)) return;
        // -n: without the distribution's file, which turns RFC 5780 off. -S: STUN alone.
        lab.LaunchForeign(
            lab.Internet, "turnserver", "-n", "-S", "-L", $"{Laboratory.Far}", "-L", $"{Laboratory.OtherFar}", "-p", Port, "--no-tls",
                "--no-dtls",
            "--no-cli", "--log-file=stdout", $"--pidfile={lab.StateDirectory}/turnserver.pid");
        await Eventually.Holds("turnserver listens", TimeSpan.FromSeconds(20), () => Listens(lab));
    }

    /// <summary>What <c>turnutils_natdiscovery</c> says of the class, such as "Endpoint Independent Mapping".</summary>
    internal static string Discover(Laboratory lab, params IEnumerable<string> options)
    {
        var output = lab.Client.Try(["turnutils_natdiscovery", .. options, $"{Laboratory.Far}"]).Output;
        var told = output.Split('\n')
            .LastOrDefault(line => line.StartsWith("NAT with", StringComparison.Ordinal) || line.Contains("hairpinning)"));
        return told?.Replace("NAT with ", "", StringComparison.Ordinal).TrimEnd('!') ?? "nothing";
    }

    private static bool Listens(Laboratory lab) =>
        lab.Internet.Run("ss", "-Huln").Contains($"{Laboratory.OtherFar}:{Port}", StringComparison.Ordinal);
}
