using System.Text.Json;
using UdpTun.Comparison.Measures;

namespace UdpTun.Comparison.Reports;

/// <summary>Every round's values, for other programs.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions s_format = new() { WriteIndented = true };

    public static string Write(Results results) => JsonSerializer.Serialize(
        new
        {
            schema = 1,
            date = results.Date,
            machine = results.Machine,
            rounds = results.Rounds,
            seconds = results.Seconds,
            units = Measure.All.ToDictionary(measure => measure.Key, measure => measure.Unit),
            contenders = results.Contenders.Select(contender => new
            {
                name = contender.Name,
                description = contender.Description,
                values = Measure.All.ToDictionary(measure => measure.Key, measure => results.Values(contender, measure)),
            }),
            missing = results.Missing,
            leftOut = results.LeftOut,
            targets = Targets(Target.Of(results)),
            secureTargets = Targets(Target.OfSecure(results)),
        },
        s_format) + "\n";

    private static IEnumerable<object> Targets(IReadOnlyList<Target> targets) =>
        targets.Select(target => new { target.What, target.Aim, target.Reached, target.Holds });
}
