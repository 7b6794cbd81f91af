namespace UdpTun.Host.Verbs.Completion;

/// <summary>Completion for zsh, which runs that of bash by itself.</summary>
internal static class ZshScript
{
    internal static string Of(WordTree tree) =>
        $"#compdef udptun\nautoload -Uz compinit bashcompinit\n(( $+functions[compdef] )) || compinit -u\nbashcompinit\n{ForZsh(BashScript.Of(tree))}";

    // zsh has no mapfile; its arrays take lines by the flag f.
    private static string ForZsh(string bash) => bash
        .Replace("mapfile -t COMPREPLY < <(compgen -f -- \"$current\")", "COMPREPLY=(${(f)\"$(compgen -f -- \"$current\")\"})")
        .Replace("mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")", "COMPREPLY=(${(f)\"$(compgen -W \"$words\" -- \"$current\")\"})");
}
