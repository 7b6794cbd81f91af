using System.Globalization;
using UdpTun.Comparison.Contenders;
using UdpTun.Comparison.Measures;

namespace UdpTun.Comparison.Reports;

/// <summary>The tables' cells, header row first, for every form of report.</summary>
internal static class Tables
{
    /// <summary>Medians: a row a measure, a column a contender, and UdpTun's ratios to the kernel and the best peer.</summary>
    public static IReadOnlyList<string[]> Medians(Results results)
    {
        var contenders = results.Contenders.ToArray();
        string[] header = ["", .. contenders.Select(contender => contender.Name), "udptun / kernel", "udptun / best peer", "secure / wireguard-go"];
        return
        [
            header,
            .. Measure.All.Select(measure => (string[])
            [
                $"{measure.Title}, {measure.Unit}",
                .. contenders.Select(contender => Number(results.Median(contender, measure))),
                Ratio(results, measure, results.Median("kernel", measure)),
                Ratio(results, measure, results.BestPeer(measure)),
                Number(results.Median("udptun-secure", measure) / results.Median("wireguard-go", measure)),
            ]),
        ];
    }

    public static IReadOnlyList<string[]> Targets(Results results) => Targets("udptun's target", Target.Of(results));

    public static IReadOnlyList<string[]> SecureTargets(Results results) => Targets("udptun-secure's target", Target.OfSecure(results));

    /// <summary>What the contenders are, and who is missing.</summary>
    public static IReadOnlyList<string[]> Field(Results results) =>
    [
        ["contender", "what it is"],
        .. results.Contenders.Select(contender => (string[])[contender.Name, Describe(contender)]),
        .. results.Missing.Select(missing => (string[])[missing.Key, $"could not be had: {missing.Value}"]),
    ];

    /// <summary>Three significant figures or whole numbers.</summary>
    public static string Number(double? value) => value is not { } number ? "-"
        : number.ToString(number < 1 ? "F3" : number < 10 ? "F2" : number < 100 ? "F1" : "F0", CultureInfo.InvariantCulture);

    private static IReadOnlyList<string[]> Targets(string whose, IReadOnlyList<Target> targets) =>
    [
        [whose, "aim", "came to", ""],
        .. targets.Select(target => (string[])
            [target.What, target.Aim, target.Figure, target.Reached is null ? "" : target.Holds ? "reached" : "missed"]),
    ];

    private static string Describe(Contender contender) => contender.Description + contender.Kind switch
    {
        Kind.Ceiling => " (the practical ceiling)",
        Kind.Peer => " (peer)",
        _ => "",
    };

    private static string Ratio(Results results, Measure measure, double? other) => Number(results.Median("udptun", measure) / other);
}
