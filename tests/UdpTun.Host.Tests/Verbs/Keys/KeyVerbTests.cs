using UdpTun.Host.Cli;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Host.Tests.Verbs.Keys;

public sealed class KeyVerbTests
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static async Task<string> Printed(string verb, string input = "")
    {
        var run = new ProgramRun { Input = input };
        Assert.Equal(ExitCode.Success, await run.Start(verb));
        Assert.Equal("", run.Error);
        return run.Output.TrimEnd('\n');
    }

    [Fact]
    public async Task Public_key_should_be_told_of_the_private_key_that_was_made()
    {
        var made = await Printed("keygen");

        Assert.True(SecretKey.TryParse(made, out var key));
        Assert.Equal(key.ToPublic().ToString(), await Printed("pubkey", $"{made}\n"));
        Assert.NotEqual(made, await Printed("keygen"));
    }

    [Fact]
    public async Task Preshared_key_should_be_printed() => Assert.True(SecretKey.TryParse(await Printed("genpsk"), out _));

    [Fact]
    public async Task Key_should_be_written_for_its_owner_alone_and_never_over_another()
    {
        using var directory = new SecretDirectory();
        var run = new ProgramRun();

        Assert.Equal(ExitCode.Success, await run.Start("keygen", "--output", directory.KeyFile));

        var written = File.ReadAllText(directory.KeyFile);
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(directory.KeyFile));
        Assert.Equal(await Printed("pubkey", written), run.Output.TrimEnd('\n'));
        var again = new ProgramRun();
        Assert.Equal(ExitCode.Failure, await again.Start("keygen", "--output", directory.KeyFile));
        Assert.Equal($"udptun: {directory.KeyFile} is there already; it is not written over", again.Error);
        Assert.Equal(written, File.ReadAllText(directory.KeyFile));
        Assert.Single(Directory.GetFiles(directory.Path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBm")]
    public async Task Input_that_is_no_key_should_be_refused_without_being_shown(string input)
    {
        var run = new ProgramRun { Input = input };

        Assert.Equal(ExitCode.Failure, await run.Start("pubkey"));

        Assert.StartsWith("udptun: standard input holds no private key", run.Error);
        Assert.DoesNotContain("yAnz", run.Error);
    }
}
