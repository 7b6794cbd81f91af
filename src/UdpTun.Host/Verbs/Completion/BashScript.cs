using System.Text;

namespace UdpTun.Host.Verbs.Completion;

/// <summary>Completion for bash: the verbs typed so far choose the words that may follow.</summary>
internal static class BashScript
{
    internal static string Of(WordTree tree)
    {
        var script = new StringBuilder(
            """
            # bash completion for udptun
            _udptun() {
                local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} path= word
                case $previous in
                    @PATHS@) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
                    @VALUES@) return ;;
                esac
                for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
                    case "${path:+$path }$word" in
                        @VERBS@) path=${path:+$path }$word ;;
                    esac
                done
                local words=
                case $path in

            """);
        var options = tree.All.SelectMany(node => node.Options).Where(option => option.TakesValue).ToList();
        script.Replace("@PATHS@", Alternatives(options.Where(option => option.IsPath).SelectMany(option => option.Words)));
        script.Replace("@VALUES@", Alternatives(options.Where(option => !option.IsPath).SelectMany(option => option.Words)));
        script.Replace("@VERBS@", Alternatives(tree.All.Skip(1).Select(node => node.Path)));
        foreach (var node in tree.All)
        {
            var words = node.Verbs.Select(verb => verb.Word).Concat(node.Options.SelectMany(option => option.Words));
            script.Append($"        '{node.Path}') words='{string.Join(' ', words)}' ;;\n");
        }

        script.Append(
            """
                esac
                mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
            }
            complete -F _udptun udptun

            """);
        return script.ToString();
    }

    private static string Alternatives(IEnumerable<string> words) => string.Join('|', words.Distinct().Select(word => $"'{word}'"));
}
