using System.Globalization;

namespace UdpTun.Net.Treatment.Faults;

/// <summary>Bits a second, as they are written: <c>800kbit</c>, <c>20mbit</c>, <c>1gbit</c>.</summary>
public readonly record struct BitRate(long BitsPerSecond)
{
    /// <summary>What may be written, for help and errors.</summary>
    public const string Syntax = "a whole number and its unit from 8kbit to 100gbit, as in 20mbit (bits a second; kbit, mbit, gbit)";

    private static readonly (string Unit, long Bits)[] Units = [("gbit", 1_000_000_000), ("mbit", 1_000_000), ("kbit", 1_000)];

    public double BytesPerSecond => BitsPerSecond / 8.0;

    public static bool TryParse(string text, out BitRate rate)
    {
        rate = default;
        var (unit, bits) = Array.Find(Units, unit => text.EndsWith(unit.Unit, StringComparison.OrdinalIgnoreCase));
        if (unit is null || !long.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return false;
        if (number > 100_000_000_000 / bits || number * bits < 8_000) return false;
        rate = new BitRate(number * bits);
        return true;
    }

    public override string ToString()
    {
        var bits = BitsPerSecond;
        var (unit, factor) = Array.Find(Units, unit => bits % unit.Bits == 0);
        return unit is null ? $"{bits}bit" : $"{bits / factor}{unit}";
    }
}
