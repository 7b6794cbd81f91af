using UdpTun.Actors.Settings.Reading;
using UdpTun.Host.Cli;
using UdpTun.Host.Verbs;

namespace UdpTun.Host.Tests.Verbs;

public sealed class VerbListTests
{
    [Fact]
    public void Verb_should_never_mean_an_interface()
    {
        var terminal = new Terminal(TextReader.Null, TextWriter.Null, TextWriter.Null, new Dictionary<string, string>());

        var names = VerbList.All(new RootOptions(), (_, _) => Task.FromResult(ExitCode.Success)).Select(verb => verb.Describe(terminal).Name);

        Assert.All(names, name => Assert.Contains(name, InterfaceName.ReservedVerbs));
    }

    [Theory]
    [InlineData("config", "--help")]
    [InlineData("config", "check", "--help")]
    [InlineData("cleanup", "--help")]
    public async Task Help_of_a_verb_should_be_about_that_verb(params string[] args)
    {
        var run = new ProgramRun();

        Assert.Equal(ExitCode.Success, await run.Start(args));

        Assert.Matches($@"Usage:\n +\S+ {string.Join(' ', args[..^1])} ", run.Output);
        Assert.DoesNotContain("--uplink", run.Output);
        Assert.DoesNotContain("Exit codes:", run.Output);
    }

    [Theory]
    [InlineData("udptun: --listen does not fit the verb config check (udptun config check --help tells more)", "--listen", "0.0.0.0:1", "config", "check")]
    [InlineData("udptun: --hex does not fit the verb cleanup (udptun cleanup --help tells more)", "--hex", "cleanup")]
    [InlineData("udptun: Unrecognized command or argument '--colour' (udptun config check --help tells more)", "config", "check", "--colour")]
    [InlineData("udptun: Required command was not provided (udptun config --help tells more)", "config")]
    public async Task Words_that_do_not_fit_a_verb_should_be_refused(string sentence, params string[] args)
    {
        var run = new ProgramRun();

        Assert.Equal(ExitCode.Usage, await run.Start(args));

        Assert.Equal(sentence, run.Error);
        Assert.Null(run.Given);
    }
}
