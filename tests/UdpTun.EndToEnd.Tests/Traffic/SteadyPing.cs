using System.Globalization;
using System.Text.RegularExpressions;
using UdpTun.EndToEnd.Tests.Harness;

namespace UdpTun.EndToEnd.Tests.Traffic;

/// <summary>The tool <c>ping</c> at an interval. It is stopped rather than counted down: the last request of many gets hardly any time for its answer.</summary>
internal static partial class SteadyPing
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Goes on until so many were answered; how many requests before the last answered one were not.</summary>
    internal static async Task<int> Lost(Topology net, NetworkNamespace host, string address, string interval, int count)
    {
        var ping = net.LaunchForeign(host, "ping", $"-i{interval}", address);
        await Eventually.Holds($"{count} echoes", Patience, () => NumbersOf(ping.Output).Count >= count);
        await ping.Stop(2);
        var numbers = NumbersOf(ping.Output);
        return numbers.Max() - numbers.Count;
    }

    /// <summary>The requests that were answered.</summary>
    internal static HashSet<int> NumbersOf(string output) =>
        [.. SequenceNumber().Matches(output).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];

    [GeneratedRegex(@"icmp_seq=(\d+) ")]
    private static partial Regex SequenceNumber();
}
