using UdpTun.Host.Verbs.Printing;

namespace UdpTun.Host.Tests.Verbs.Printing;

public sealed class WordsTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "1 kB")]
    [InlineData(1234567, "1.2 MB")]
    [InlineData(99_960_000, "100 MB")]
    [InlineData(999_600_000, "1 GB")]
    public void Bytes_should_have_a_unit(double bytes, string words) => Assert.Equal(words, Words.Bytes(bytes));

    [Theory]
    [InlineData(0, "0 bit/s")]
    [InlineData(12.5, "100 bit/s")]
    [InlineData(125_000_000, "1 Gbit/s")]
    public void Rate_should_be_bits_a_second(double bytesPerSecond, string words) => Assert.Equal(words, Words.Rate(bytesPerSecond));

    [Theory]
    [InlineData(-1, "0s")]
    [InlineData(0.44, "0.4s")]
    [InlineData(59.6, "1m 0s")]
    [InlineData(3601, "1h 0m")]
    [InlineData(93784, "1d 2h")]
    public void Time_should_have_its_two_largest_units(double seconds, string words) => Assert.Equal(words, Words.Time(seconds));

    [Theory]
    [InlineData(0, "0 peers")]
    [InlineData(1, "1 peer")]
    [InlineData(1234, "1,234 peers")]
    public void Some_should_be_one_or_several(long count, string words) => Assert.Equal(words, Words.Some(count, "peer"));

    [Theory]
    [InlineData(1, "1 entry")]
    [InlineData(2, "2 entries")]
    public void Some_should_take_a_plural_of_its_own(long count, string words) => Assert.Equal(words, Words.Some(count, "entry", "entries"));
}
