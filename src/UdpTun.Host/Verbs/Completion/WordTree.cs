using System.CommandLine;

namespace UdpTun.Host.Verbs.Completion;

/// <summary>The words that may follow those of a command: its sub-verbs and options, each with a line of help.</summary>
/// <param name="Path">The verbs that lead here, such as <c>config check</c>; empty at the top.</param>
/// <param name="Verbs">Verbs that may follow.</param>
/// <param name="Options">Options that may follow.</param>
/// <param name="Children">The same for each verb.</param>
internal sealed record WordTree(
    string Path, IReadOnlyList<(string Word, string Help)> Verbs, IReadOnlyList<OptionWords> Options, IReadOnlyList<WordTree> Children)
{
    /// <summary>This one and all below it.</summary>
    internal IEnumerable<WordTree> All => Children.SelectMany(child => child.All).Prepend(this);

    internal static WordTree Of(Command command) => Of(command, "", []);

    private static WordTree Of(Command command, string path, IReadOnlyList<Option> inherited)
    {
        List<Option> options = [.. command.Options.Where(option => !option.Hidden), .. inherited];
        return new WordTree(
            path,
            [.. command.Subcommands.Select(verb => (verb.Name, verb.Description ?? ""))],
            [.. options.Select(Words)],
            [.. command.Subcommands.Select(verb => Of(verb, $"{path} {verb.Name}".TrimStart(), [.. options.Where(option => option.Recursive)]))]);
    }

    private static OptionWords Words(Option option) => new(
        [option.Name, .. option.Aliases.Where(alias => alias.StartsWith('-'))], option.Description ?? "",
        TakesValue: option.ValueType != typeof(bool) && option.Arity.MaximumNumberOfValues > 0,
        IsPath: option.Name is "--config" or "--state-directory");
}

/// <param name="Words">Its name and aliases.</param>
/// <param name="Help">A line.</param>
/// <param name="TakesValue">Whether a value follows.</param>
/// <param name="IsPath">Whether that value is a file or directory.</param>
internal sealed record OptionWords(IReadOnlyList<string> Words, string Help, bool TakesValue, bool IsPath);
