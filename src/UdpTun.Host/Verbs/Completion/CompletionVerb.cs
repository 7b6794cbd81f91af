using System.CommandLine;
using UdpTun.Host.Cli;

namespace UdpTun.Host.Verbs.Completion;

/// <summary><c>udptun completion bash|zsh|fish</c>: a script that teaches the shell our words, made from the very command line.</summary>
internal sealed class CompletionVerb : IVerb
{
    public Command Describe(Terminal terminal)
    {
        var command = new Command("completion", "Print what makes a shell complete the words of udptun");
        command.Add(For("bash", "Load it with: source <(udptun completion bash)", BashScript.Of, terminal));
        command.Add(For("zsh", "Load it with: source <(udptun completion zsh)", ZshScript.Of, terminal));
        command.Add(For("fish", "Load it with: udptun completion fish | source", FishScript.Of, terminal));
        return command;
    }

    private static Command For(string shell, string help, Func<WordTree, string> script, Terminal terminal) =>
        new Command(shell, help).OnRun(parsed =>
        {
            terminal.Output.Write(script(WordTree.Of(parsed.RootCommandResult.Command)));
            return ExitCode.Success;
        });
}
