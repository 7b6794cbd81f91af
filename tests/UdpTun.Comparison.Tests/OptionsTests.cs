namespace UdpTun.Comparison.Tests;

public sealed class OptionsTests
{
    [Fact]
    public void Options_should_be_five_rounds_of_everything_when_nothing_is_said()
    {
        var options = Options.Parse([]);

        Assert.Equal((5, 2, 0, false, null), (options.Rounds, options.Seconds, options.Only.Count, options.Json, options.Output));
    }

    [Fact]
    public void Options_should_hold_what_is_said()
    {
        var options = Options.Parse(["--rounds", "7", "--seconds", "3", "--only", "relay,udptun", "--json", "--output", "here"]);

        Assert.Equal((7, 3, true, "here"), (options.Rounds, options.Seconds, options.Json, options.Output));
        Assert.Equal(["relay", "udptun"], options.Only);
    }

    [Theory]
    [InlineData("--rounds")]
    [InlineData("--rounds", "0")]
    [InlineData("--seconds", "61")]
    [InlineData("--loud")]
    public void Options_should_be_refused_with_the_usage_when_they_are_none(params string[] words) =>
        Assert.Contains("usage: ./run.sh bench", Assert.Throws<ArgumentException>(() => Options.Parse(words)).Message);

    [Fact]
    public void Contender_should_be_refused_by_name_when_there_is_none() =>
        Assert.Contains(
            "no contender 'tinc'", Assert.Throws<ArgumentException>(() => Contenders.Field.Of(Options.Parse(["--only", "relay,tinc"]))).Message);
}
