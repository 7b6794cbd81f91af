using System.Text;

namespace UdpTun.Host.Verbs.Completion;

/// <summary>Completion for fish, with the help beside each word.</summary>
internal static class FishScript
{
    internal static string Of(WordTree tree)
    {
        var script = new StringBuilder("# fish completion for udptun\ncomplete -c udptun -f\n");
        foreach (var node in tree.All)
        {
            var here = Condition(node);
            foreach (var (word, help) in node.Verbs) script.Append($"complete -c udptun -n '{here}' -a {word} -d {Quoted(help)}\n");
            foreach (var option in node.Options)
            {
                var names = string.Join(' ', option.Words.Where(word => word != "-?").Select(word =>
                    word.StartsWith("--", StringComparison.Ordinal) ? $"-l {word[2..]}" : $"-s {word[1..]}"));
                script.Append($"complete -c udptun -n '{here}' {names} {(option.IsPath ? "-rF " : option.TakesValue ? "-x " : "")}-d {Quoted(option.Help)}\n");
            }
        }

        return script.ToString();
    }

    // Every verb of the path was typed, and none of those that would lead further.
    private static string Condition(WordTree node)
    {
        var seen = node.Path.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(verb => $"__fish_seen_subcommand_from {verb}");
        var unseen = node.Verbs.Count == 0 ? [] : new[] { $"not __fish_seen_subcommand_from {string.Join(' ', node.Verbs.Select(verb => verb.Word))}" };
        return string.Join("; and ", seen.Concat(unseen).DefaultIfEmpty("true"));
    }

    private static string Quoted(string help) => $"'{help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}
