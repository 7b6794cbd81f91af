using System.Globalization;

namespace UdpTun.Host.Verbs.Printing;

/// <summary>Figures as people read them, always with a unit.</summary>
internal static class Words
{
    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB", "PB"];

    /// <summary>Powers of 1000, as the rate of a line is told: 12 B, 3.4 MB.</summary>
    internal static string Bytes(double bytes)
    {
        var unit = 0;
        for (; bytes >= 999.5 && unit < Units.Length - 1; unit++) bytes /= 1000;
        return string.Create(CultureInfo.InvariantCulture, $"{Math.Round(bytes, unit == 0 || bytes >= 99.5 ? 0 : 1)} {Units[unit]}");
    }

    /// <summary>Bytes a second as bits a second: 1.2 Gbit/s.</summary>
    internal static string Rate(double bytesPerSecond) =>
        Bytes(bytesPerSecond * 8).Replace(" B", " bit", StringComparison.Ordinal).Replace("B", "bit", StringComparison.Ordinal) + "/s";

    /// <summary>The two largest units: 3d 4h, 5m 2s, 0.4s.</summary>
    internal static string Time(double seconds)
    {
        if (seconds < 9.95) return string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, Math.Round(seconds, 1))}s");
        var time = TimeSpan.FromSeconds(Math.Round(seconds));
        return time switch
        {
            { TotalDays: >= 1 } => $"{(int)time.TotalDays}d {time.Hours}h",
            { TotalHours: >= 1 } => $"{(int)time.TotalHours}h {time.Minutes}m",
            { TotalMinutes: >= 1 } => $"{(int)time.TotalMinutes}m {time.Seconds}s",
            _ => $"{(int)time.TotalSeconds}s",
        };
    }

    /// <summary>A count and what is counted: 1 peer, 2 peers.</summary>
    /// <param name="count">How many.</param>
    /// <param name="one">The word for one.</param>
    /// <param name="many">The word for several, where that is not one with an s.</param>
    internal static string Some(long count, string one, string? many = null) => $"{Count(count)} {(count == 1 ? one : many ?? $"{one}s")}";

    internal static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
