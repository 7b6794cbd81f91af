using System.Globalization;

namespace UdpTun.Actors.Settings.Reading;

/// <summary>Times and sizes as they are written: a whole number and its unit, never a bare number.</summary>
internal static class Quantity
{
    internal const string TimeUnits = "ms, s, m, h or d";
    internal const string SizeUnits = "B, kB, KiB, MB, MiB, GB or GiB";

    // Largest first, for printing; a value is printed in the largest unit that divides it.
    private static readonly (string Unit, long Milliseconds)[] Times =
        [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

    private static readonly (string Unit, long Bytes)[] Sizes =
        [("GiB", 1 << 30), ("GB", 1_000_000_000), ("MiB", 1 << 20), ("MB", 1_000_000), ("KiB", 1 << 10), ("kB", 1_000), ("B", 1)];

    internal static TimeSpan? ParseTime(string text) =>
        Parse(text, Times) is { } milliseconds && milliseconds <= long.MaxValue / TimeSpan.TicksPerMillisecond
            ? TimeSpan.FromTicks(milliseconds * TimeSpan.TicksPerMillisecond)
            : null;

    internal static long? ParseSize(string text) => Parse(text, Sizes);

    internal static string Format(TimeSpan time) => time == TimeSpan.Zero ? "0s" : Format(time.Ticks / TimeSpan.TicksPerMillisecond, Times);

    internal static string Format(long bytes) => Format(bytes, Sizes);

    private static long? Parse(string text, (string Unit, long Factor)[] units)
    {
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        var unit = text[digits..].Trim();
        var factor = units.FirstOrDefault(u => u.Unit == unit).Factor;
        var isNumber = long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        return isNumber && factor > 0 && number <= long.MaxValue / factor ? number * factor : null;
    }

    private static string Format(long value, (string Unit, long Factor)[] units)
    {
        var (unit, factor) = units.First(u => value % u.Factor == 0);
        return $"{value / factor}{unit}";
    }
}
