using System.Globalization;
using UdpTun.EndToEnd;

namespace UdpTun.Conformance.Tools;

/// <summary>Runs one of the scripts in <c>Scapy/</c> in a namespace. Debian's scapy belongs to Debian's python3, whatever else is in the
/// PATH.</summary>
internal static class Scapy
{
    /// <returns>How many packets the script says it sent.</returns>
    internal static int Run(NetworkNamespace host, string script, params IEnumerable<object> arguments)
    {
        var words = arguments.Select(argument => Convert.ToString(argument, CultureInfo.InvariantCulture)!);
        return int.Parse(host.Run(["/usr/bin/python3", Path.Combine(AppContext.BaseDirectory, "Scapy", script), .. words]),
            CultureInfo.InvariantCulture);
    }
}
