using System.Diagnostics;
using UdpTun.Host.Cli;

namespace UdpTun.Host.Tests.Verbs.Completion;

[Collection(Forks.Name)]
public sealed class CompletionVerbTests
{
    [Theory]
    [InlineData("udptun con", "config")]
    [InlineData("udptun config ", "check show reload --help -h -?")]
    [InlineData("udptun config check --ro", "--role")]
    [InlineData("udptun flow tcp-42 exp", "explain")]
    [InlineData("udptun flows --sort ", "")]
    [InlineData("udptun --set a=b --lis", "--listen")]
    public async Task Bash_should_complete_the_words_that_fit(string typed, string expected)
    {
        var script = await Script("bash");

        Assert.Equal(expected.Split(' ').Order(), (await Bash(script, typed)).Order());
    }

    [Fact]
    public async Task Every_verb_should_be_known_to_every_shell()
    {
        foreach (var shell in new[] { "bash", "zsh", "fish" })
        {
            var script = await Script(shell);
            Assert.All(["status", "flows", "explain", "kill", "config", "cleanup", "completion"], verb => Assert.Contains(verb, script));
        }

        Assert.Contains("complete -c udptun -n '__fish_seen_subcommand_from config; and not __fish_seen_subcommand_from check show reload' -a check -d ", await Script("fish"));
    }

    private static async Task<string> Script(string shell)
    {
        var run = new ProgramRun();
        Assert.Equal(ExitCode.Success, await run.Start("completion", shell));
        return run.Output;
    }

    private static async Task<string[]> Bash(string script, string typed)
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, $"{script}\nread -ra COMP_WORDS <<< \"$1\"; [[ $1 == *' ' ]] && COMP_WORDS+=('')\n"
                + "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _udptun; printf '%s\\n' \"${COMPREPLY[@]}\"\n");
            using var bash = Process.Start(new ProcessStartInfo("bash", [path, typed]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var printed = await bash.StandardOutput.ReadToEndAsync();
            Assert.Equal("", await bash.StandardError.ReadToEndAsync());
            return printed.TrimEnd('\n').Split('\n');
        }
        finally
        {
            File.Delete(path);
        }
    }
}
