using System.Text.RegularExpressions;
using UdpTun.EndToEnd;

namespace UdpTun.Conformance.Tools;

/// <summary>Runs one class of <c>tests/UdpTun.Net.Tests</c>, which run.sh has built.</summary>
internal static partial class UnitTests
{
    // Built beside this program, for the same configuration.
    private static readonly string Assembly = Path.Combine(
        AppContext.BaseDirectory.Replace("UdpTun.Conformance", "UdpTun.Net.Tests", StringComparison.Ordinal), "UdpTun.Net.Tests.dll");

    /// <returns>How many of its tests passed and failed.</returns>
    internal static (int Passed, int Failed) Run(string name)
    {
        var sum = Sum().Match(Command.Try("dotnet", "test", Assembly, "--filter", $"FullyQualifiedName~.{name}.").Output);
        return sum.Success ? (int.Parse(sum.Groups[2].Value), int.Parse(sum.Groups[1].Value)) : (0, 0);
    }

    [GeneratedRegex(@"Failed: +(\d+), Passed: +(\d+)")]
    private static partial Regex Sum();
}
