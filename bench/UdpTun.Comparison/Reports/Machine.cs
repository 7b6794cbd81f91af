namespace UdpTun.Comparison.Reports;

/// <summary>What the numbers depend on.</summary>
internal static class Machine
{
    public static string Describe()
    {
        var model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(": ")[^1];
        var kernel = File.ReadAllText("/proc/sys/kernel/osrelease").Trim();
        return $"{Environment.ProcessorCount} cores ({model ?? "unknown"}), Linux {kernel}, .NET {Environment.Version}";
    }
}
