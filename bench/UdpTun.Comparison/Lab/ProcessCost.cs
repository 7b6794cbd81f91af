using System.Globalization;

namespace UdpTun.Comparison.Lab;

/// <summary>What processes have used, as /proc tells it (proc(5)).</summary>
internal static class ProcessCost
{
    private const double TicksASecond = 100; // USER_HZ, the same on every architecture that Linux runs .NET on
    private const int UserTicks = 11;        // fields of stat behind the name, from 0
    private const int SystemTicks = 12;

    /// <summary>Processor seconds of all, user and system.</summary>
    public static double Seconds(IEnumerable<int> processes) => processes.Sum(process =>
    {
        var stat = File.ReadAllText($"/proc/{process}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (Number(fields[UserTicks]) + Number(fields[SystemTicks])) / TicksASecond;
    });

    /// <summary>The most memory that any one of them had resident, in MB.</summary>
    public static double PeakMemory(IEnumerable<int> processes) => processes.Max(process =>
        Number(File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024 / 1e6);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
