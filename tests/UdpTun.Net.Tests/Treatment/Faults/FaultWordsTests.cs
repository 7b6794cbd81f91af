using UdpTun.Net.Treatment.Faults;

namespace UdpTun.Net.Tests.Treatment.Faults;

public sealed class FaultWordsTests
{
    [Fact]
    public void Words_should_be_read_in_any_order()
    {
        Assert.True(FaultWords.TryParse(["seed=7", "loss=5%", "delay=50ms", "dup=0.5%", "reorder=100%", "blackhole", "way=inbound"], 1, out var faults, out _));
        Assert.Equal(new FlowFaults
        {
            Loss = 0.05,
            Delay = TimeSpan.FromMilliseconds(50),
            Duplication = 0.005,
            Reordering = 1,
            IsBlackhole = true,
            Outbound = false,
            Seed = 7,
        }, faults);
    }

    [Fact]
    public void What_is_told_should_be_read_again_as_the_same()
    {
        string[] words = ["blackhole", "loss=5.5%", "delay=2000ms", "dup=1%", "reorder=2%", "way=outbound", "seed=3"];
        Assert.True(FaultWords.TryParse(words, 1, out var faults, out _));
        Assert.Equal(string.Join(' ', words), faults.ToString());
        Assert.True(FaultWords.TryParse(["delay=2s"], 9, out var two, out _));
        Assert.Equal("delay=2000ms seed=9", two.ToString());
    }

    [Theory]
    [InlineData("loss=5", "'loss' takes a percentage above 0 and up to 100, as in loss=5%, not '5'")]
    [InlineData("loss=0%", "not '0%'")]
    [InlineData("loss=101%", "not '101%'")]
    [InlineData("loss=-1%", "not '-1%'")]
    [InlineData("loss", "not ''")]
    [InlineData("loss=NaN%", "not 'NaN%'")]
    [InlineData("delay=50", "'delay' takes a time above 0 and up to 10s with its unit, as in delay=50ms, not '50'")]
    [InlineData("delay=11s", "not '11s'")]
    [InlineData("delay=0ms", "not '0ms'")]
    [InlineData("delay=99999999999s", "not '99999999999s'")]
    [InlineData("way=up", "'way' takes outbound, inbound or both, not 'up'")]
    [InlineData("seed=-1", "'seed' takes a whole number")]
    [InlineData("blackhole=yes", "'blackhole' takes no value")]
    [InlineData("lose=5%", "'lose' is no fault: loss=5%")]
    [InlineData("", "'' is no fault")]
    [InlineData("seed=5", "no fault is named")]
    public void Wrong_words_should_be_named_with_what_would_be_right(string word, string said)
    {
        Assert.False(FaultWords.TryParse([word], 1, out _, out var error));
        Assert.Contains(said, error);
    }

    [Fact]
    public void Word_should_stand_once()
    {
        Assert.False(FaultWords.TryParse(["loss=1%", "loss=2%"], 1, out _, out var error));
        Assert.Equal("'loss' is written twice", error);
    }

    [Theory]
    [InlineData("8kbit", 8_000)]
    [InlineData("20mbit", 20_000_000)]
    [InlineData("20MBit", 20_000_000)]
    [InlineData("1500kbit", 1_500_000)]
    [InlineData("100gbit", 100_000_000_000)]
    public void Rate_should_be_read(string text, long bits)
    {
        Assert.True(BitRate.TryParse(text, out var rate));
        Assert.Equal(bits, rate.BitsPerSecond);
        Assert.True(BitRate.TryParse(rate.ToString(), out var again));
        Assert.Equal(rate, again);
    }

    [Theory]
    [InlineData("20")]
    [InlineData("mbit")]
    [InlineData("7kbit")]
    [InlineData("101gbit")]
    [InlineData("0mbit")]
    [InlineData("-1mbit")]
    [InlineData("1.5mbit")]
    [InlineData("99999999999999999999gbit")]
    [InlineData("20MB")]
    [InlineData("")]
    public void Wrong_rate_should_be_refused(string text) => Assert.False(BitRate.TryParse(text, out _));
}
