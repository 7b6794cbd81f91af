using UdpTun.Actors.Settings.Reading;
using UdpTun.Testing.Fuzzing;
using Xunit.Abstractions;

namespace UdpTun.Actors.Tests.Settings.Reading;

public sealed class QuantityTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("0ms", 0)]
    [InlineData("200ms", 200)]
    [InlineData("5s", 5_000)]
    [InlineData("5 s", 5_000)]
    [InlineData("3m", 180_000)]
    [InlineData("2h", 7_200_000)]
    [InlineData("1d", 86_400_000)]
    public void Time_should_be_in_its_unit(string text, long milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Quantity.ParseTime(text));

    [Theory]
    [InlineData("7B", 7)]
    [InlineData("2kB", 2_000)]
    [InlineData("2KiB", 2_048)]
    [InlineData("3MB", 3_000_000)]
    [InlineData("4MiB", 4_194_304)]
    [InlineData("1GiB", 1_073_741_824)]
    public void Size_should_be_in_its_unit(string text, long bytes) => Assert.Equal(bytes, Quantity.ParseSize(text));

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("-5s")]
    [InlineData("+5s")]
    [InlineData("1.5s")]
    [InlineData("5S")]
    [InlineData("5 sec")]
    [InlineData("5s x")]
    [InlineData("٥s")]
    [InlineData("9223372036854775807d")]
    [InlineData("99999999999999999999s")]
    [InlineData("106751991168d")]
    public void Text_should_be_no_time(string text) => Assert.Null(Quantity.ParseTime(text));

    [Theory]
    [InlineData("4")]
    [InlineData("4mib")]
    [InlineData("4KB")]
    [InlineData("4m")]
    [InlineData("9223372036854775807GiB")]
    public void Text_should_be_no_size(string text) => Assert.Null(Quantity.ParseSize(text));

    [Fact]
    public void Quantity_should_print_as_it_is_read()
    {
        Assert.All(["1ms", "1500ms", "90s", "1m", "36h", "7d", "15009005009009ms"], text => Assert.Equal(text, Quantity.Format(Quantity.ParseTime(text)!.Value)));
        Assert.All(["1B", "64KiB", "1kB", "5MB", "3MiB", "1GiB"], text => Assert.Equal(text, Quantity.Format(Quantity.ParseSize(text)!.Value)));
    }

    [Fact]
    public void Any_text_should_be_read_or_refused() => new Fuzzer(output.WriteLine).Texts(["300s", "5 m", "1500ms", "2h", "64KiB", "4 MB", "1GiB"], text =>
    {
        if (Quantity.ParseTime(text) is { } time) Assert.Equal(time, Quantity.ParseTime(Quantity.Format(time)));
        if (Quantity.ParseSize(text) is { } size) Assert.Equal(size, Quantity.ParseSize(Quantity.Format(size)));
    });
}
