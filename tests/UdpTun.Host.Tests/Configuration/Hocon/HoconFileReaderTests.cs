using CsCheck;
using UdpTun.Host.Configuration;
using UdpTun.Host.Configuration.Hocon;
using UdpTun.Testing.Fuzzing;
using Xunit.Abstractions;

namespace UdpTun.Host.Tests.Configuration.Hocon;

public sealed class HoconFileReaderTests(ITestOutputHelper output)
{
    [Fact]
    public void File_should_be_read_into_assignments_with_their_lines()
    {
        const string Text = """
            # a comment
            udptun {
              nat { ports = "1-2", address : 10.0.0.1 } // another
              "quoted key".deep.er = some text   # behind
              list = [ a, "b # c"
                d ]
              empty = []
            }
            akka.loglevel=OFF
            """;

        Assert.Equal(
            [
                "f:2 udptun {}",
                "f:3 udptun.nat {}",
                "f:3 udptun.nat.ports 1-2",
                "f:3 udptun.nat.address 10.0.0.1",
                "f:4 udptun.quoted key.deep.er some text",
                "f:5 udptun.list [a|b # c|d]",
                "f:7 udptun.empty []",
                "f:9 akka.loglevel OFF",
            ],
            HoconFileReader.Read(Text, "f").Select(Show));
    }

    [Theory]
    [InlineData("{ a = 1 }")]
    [InlineData("\uFEFFa = 1\r\n")]
    [InlineData("a=1")]
    [InlineData("\n\n a \t=\t1 , \n")]
    public void Ways_to_write_it_should_mean_the_same(string text) =>
        Assert.Equal("a 1", Assert.Single(HoconFileReader.Read(text, "f").Select(entry => Show(entry)[4..])));

    [Fact]
    public void Escapes_should_be_resolved()
    {
        var entry = Assert.Single(HoconFileReader.Read("""a = "\"\\\/\b\f\n\r\t\u00e9" """, "f"));

        Assert.Equal(new ConfigValue.Text("\"\\/\b\f\n\r\té"), entry.Value);
    }

    [Theory]
    [InlineData("a = 1\nb {\n c = 2\n", "f:2: '{' is never closed")]
    [InlineData("a = 1\n}\nb = 2", "f:2: '}' closes nothing")]
    [InlineData("{ a = 1\n} b = 2", "f:2: 'b' closes nothing or stands behind the end")]
    [InlineData("a\nb = 1", "f:1: 'a' is followed by neither '=' nor '{'")]
    [InlineData("a =\nb = 1", "f:1: 'a' has no value")]
    [InlineData("a = # nothing\nb = 1", "f:1: 'a' has no value")]
    [InlineData("a { b = }", "f:1: 'b' has no value")]
    [InlineData("= 1", "f:1: '=' cannot begin a key")]
    [InlineData("a. = 1", "f:1: ' ' cannot begin a key")]
    [InlineData("a = 1\nb = \"open\nc = 2", "f:2: the text in quotes is not closed on its line")]
    [InlineData("a = [1,\n2", "f:1: '[' is never closed")]
    [InlineData("a = [{ b = 1 }]", "f:1: a list holds texts only")]
    [InlineData("a = [[1]]", "f:1: a list holds texts only")]
    [InlineData("a = [1,,2]", "f:1: 'an element of the list' has no value")]
    [InlineData("a = \"x\" y", "f:1: 'y' stands behind a value")]
    [InlineData("a { } b { }", "f:1: 'b' stands behind a value")]
    [InlineData("a = 0.0.0.0:9877", "f:1: ':' may stand only in a text in quotes")]
    [InlineData("\na = ${X}", "f:2: substitutions such as ${X} are not supported")]
    [InlineData("\na = ${?X}\nb = 1", "f:2: substitutions such as ${X} are not supported")]
    [InlineData("a = x${X}", "f:1: substitutions such as ${X} are not supported")]
    [InlineData("\n\ninclude \"other.conf\"", "f:3: include is not supported")]
    [InlineData("a { include file(\"x\") }", "f:1: include is not supported")]
    [InlineData("a += 1", "f:1: += is not supported")]
    [InlineData("a = \"\"\"x\"\"\"", "f:1: \"\"\" is not supported")]
    [InlineData("a = \"\\x\"", "f:1: a backslash")]
    [InlineData("a = \"\\u12\"", "f:1: \\u is followed by four")]
    public void Text_should_be_refused_with_file_and_line(string text, string message) =>
        Assert.StartsWith(message, Assert.Throws<ConfigurationException>(() => HoconFileReader.Read(text, "f")).Message);

    [Fact]
    public void Any_letters_should_be_read_or_refused_with_file_and_line() =>
        Gen.Char["{}[]=:,\"\\#/$+. \nau1"].Array[0, 24].Sample(characters => ReadOrRefuse(new string(characters)), iter: 20_000);

    [Fact]
    public void Any_text_should_be_read_or_refused_with_file_and_line() =>
        new Fuzzer(output.WriteLine).Texts(
            ["a {\n  b = 5 # five\n  c.d = [\"x\", y]\n}\n", "{ a : \"\\u0041\\n\", b { c = 1\nd = [] } } // end", "a = on\nb = 300s\n\n"],
            ReadOrRefuse);

    private static void ReadOrRefuse(string text)
    {
        try
        {
            HoconFileReader.Read(text, "f");
        }
        catch (ConfigurationException e)
        {
            Assert.StartsWith("f:", e.Message);
        }
    }

    private static string Show(ConfigEntry entry) => $"{entry.Origin} {entry.Key} " + entry.Value switch
    {
        ConfigValue.Text text => text.Value,
        ConfigValue.List list => $"[{string.Join('|', list.Elements)}]",
        _ => "{}",
    };
}
