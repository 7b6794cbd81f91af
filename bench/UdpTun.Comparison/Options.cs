using System.Globalization;

namespace UdpTun.Comparison;

/// <summary>What the command line asks for.</summary>
/// <param name="Rounds">How often each contender is measured.</param>
/// <param name="Seconds">How long each transfer lasts.</param>
/// <param name="Only">Names of contenders; empty: all.</param>
/// <param name="Json">Prints the results as JSON.</param>
/// <param name="Output">Folder for the table, the picture and the JSON; null: none is written.</param>
/// <param name="Tools">Folder of the compiled <c>relay</c> and <c>pump</c>.</param>
internal sealed record Options(int Rounds, int Seconds, IReadOnlyList<string> Only, bool Json, string? Output, string Tools)
{
    public const string Usage = """
        usage: ./run.sh bench [--quick] [--rounds NUMBER] [--seconds NUMBER] [--only NAME[,NAME]] [--output FOLDER] [--json]
          --quick     one round of one second a transfer; proves that all works, and no more
          --rounds    1 to 100 (default 5): medians are taken over them, and contenders take turns in each
          --seconds   1 to 60 (default 2) for each transfer
          --only      kernel, vxlan, relay, wireguard-go, wireguard-go-new, openvpn, openvpn-null, fastd-null, socat, udptun, udptun-secure, udptun-chacha
          --output    where comparison-DATE.md, .svg and .json go (default bench/results; with --quick or --only nowhere)
          --json      the results as JSON (schema 1) on standard output instead of tables
        """;

    /// <exception cref="ArgumentException">It is no command line of ours; the message says what one is.</exception>
    public static Options Parse(IReadOnlyList<string> words)
    {
        var options = new Options(5, 2, [], false, null, AppContext.BaseDirectory);
        for (var i = 0; i < words.Count; i++)
        {
            options = (words[i], i + 1 < words.Count ? words[i + 1] : null) switch
            {
                ("--quick", _) => options with { Rounds = 1, Seconds = 1 },
                ("--json", _) => options with { Json = true },
                ("--rounds", { } value) when TryNumber(value, 100, out var rounds) && i++ >= 0 => options with { Rounds = rounds },
                ("--seconds", { } value) when TryNumber(value, 60, out var seconds) && i++ >= 0 => options with { Seconds = seconds },
                ("--only", { } value) when i++ >= 0 => options with { Only = value.Split(',') },
                ("--output", { } value) when i++ >= 0 => options with { Output = value },
                ("--tools", { } value) when i++ >= 0 => options with { Tools = value },
                _ => throw new ArgumentException($"'{words[i]}' is not an option of 'bench', or lacks its value\n{Usage}"),
            };
        }

        return options;
    }

    private static bool TryNumber(string word, int most, out int number) =>
        int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= 1 && number <= most;
}
