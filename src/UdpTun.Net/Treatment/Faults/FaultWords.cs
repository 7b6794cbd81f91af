using System.Globalization;

namespace UdpTun.Net.Treatment.Faults;

/// <summary>Reads faults as they are written: <c>loss=5% delay=50ms dup=1% reorder=2% blackhole way=inbound seed=7</c>.</summary>
public static class FaultWords
{
    /// <summary>What may be written, for help and errors.</summary>
    public const string Syntax = "loss=5% delay=50ms dup=1% reorder=2% blackhole way=outbound|inbound|both seed=7";

    /// <summary>Longer than any path's, and short enough that what waits stays little.</summary>
    public static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(10);

    /// <param name="words">In any order, each once.</param>
    /// <param name="faults">What they say; without a seed that of <paramref name="anySeed"/>.</param>
    /// <param name="anySeed">The seed where none is written.</param>
    /// <param name="error">What is wrong, and what would be right.</param>
    public static bool TryParse(IReadOnlyList<string> words, int anySeed, out FlowFaults faults, out string error)
    {
        faults = new FlowFaults { Seed = anySeed };
        var seen = new HashSet<string>();
        foreach (var word in words)
        {
            var (name, value) = Split(word);
            if (!seen.Add(name))
            {
                error = $"'{name}' is written twice";
                return false;
            }

            if (Apply(faults, name, value, out error) is not { } next) return false;
            faults = next;
        }

        error = faults is { IsBlackhole: false, Loss: 0, Duplication: 0, Reordering: 0 } && faults.Delay == TimeSpan.Zero
            ? $"no fault is named: {Syntax}, or off"
            : "";
        return error.Length == 0;
    }

    private static (string Name, string? Value) Split(string word)
    {
        var equals = word.IndexOf('=');
        return equals < 0 ? (word, null) : (word[..equals], word[(equals + 1)..]);
    }

    private static FlowFaults? Apply(FlowFaults faults, string name, string? value, out string error)
    {
        error = $"'{name}' is no fault: {Syntax}, or off";
        switch (name)
        {
            case "blackhole":
                error = "'blackhole' takes no value";
                return value is null ? faults with { IsBlackhole = true } : null;
            case "loss":
                return Share(name, value, out error) is { } loss ? faults with { Loss = loss } : null;
            case "dup":
                return Share(name, value, out error) is { } dup ? faults with { Duplication = dup } : null;
            case "reorder":
                return Share(name, value, out error) is { } reorder ? faults with { Reordering = reorder } : null;
            case "delay":
                return Time(value, out error) is { } delay ? faults with { Delay = delay } : null;
            case "way":
                error = $"'way' takes outbound, inbound or both, not '{value}'";
                return value is "outbound" or "inbound" or "both"
                    ? faults with { Outbound = value is not "inbound", Inbound = value is not "outbound" }
                    : null;
            case "seed":
                error = $"'seed' takes a whole number from 0 to {int.MaxValue}, not '{value}'";
                return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seed) ? faults with { Seed = seed } : null;
            default:
                return null;
        }
    }

    private static double? Share(string name, string? value, out string error)
    {
        error = $"'{name}' takes a percentage above 0 and up to 100, as in {name}=5%, not '{value}'";
        var isPercentage = value?.EndsWith('%') == true
            && double.TryParse(value.AsSpan(0, value.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent)
            && percent is > 0 and <= 100;
        return isPercentage ? double.Parse(value.AsSpan(0, value!.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture) / 100 : null;
    }

    private static TimeSpan? Time(string? value, out string error)
    {
        error = $"'delay' takes a time above 0 and up to {LongestDelay.TotalSeconds:0}s with its unit, as in delay=50ms, not '{value}'";
        if (value is null) return null;
        var (digits, unit) = value.EndsWith("ms", StringComparison.Ordinal) ? (value[..^2], 1)
            : value.EndsWith('s') ? (value[..^1], 1000)
            : ("", 0);
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return null;
        var time = TimeSpan.FromMilliseconds((double)number * unit);
        return time > TimeSpan.Zero && time <= LongestDelay ? time : null;
    }
}
