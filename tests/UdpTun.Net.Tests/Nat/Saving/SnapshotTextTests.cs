using CsCheck;
using UdpTun.Net.Nat.Saving;

namespace UdpTun.Net.Tests.Nat.Saving;

public sealed class SnapshotTextTests
{
    private const string Session = "endx+/W8AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= Udp 10.61.0.2:1 192.168.61.123:20001 203.0.113.1:53 outside 3 1000 2000";
    private const string Hold = "hold 10.9.0.1:40000 Tcp 10.61.0.2:80 192.168.61.123:20080 3600000";
    private const string Rest = "rest 10.9.0.1:40000 Udp 10.61.0.2:7 192.168.61.123:20007 60000";
    private const string NobodysRest = "rest - Udp 10.61.0.2:8 192.168.61.123:20008 60000";
    private const string Intact = $"udptun-sessions 4 1767268800000 5000\n{Session}\n{Session}\n{Hold}\n{Rest}\n{NobodysRest}\nend 2 1 2\n";

    private static NatSnapshot Read(string text) => SnapshotText.Read(new StringReader(text), out _);

    [Fact]
    public void Text_should_be_written_as_it_is_read()
    {
        var snapshot = SnapshotText.Read(new StringReader(Intact), out var takenAt);
        var text = new StringWriter();
        SnapshotText.Write(text, snapshot, takenAt);
        Assert.Equal(Intact, text.ToString());
        Assert.Equal((2, TimeSpan.FromSeconds(1)), (snapshot.Sessions.Count, snapshot.Sessions[0].Idle));
        Assert.Equal((TimeSpan.FromHours(1), TimeSpan.FromSeconds(5)), (Assert.Single(snapshot.Holds).Left, snapshot.HoldsAge));
        Assert.Equal([true, false], snapshot.Rests.Select(rest => rest.Client is not null));
    }

    [Theory]
    [InlineData("", "line 1 ")]
    [InlineData("udptun-sessions 9 1 1\nend 0 0 0\n", "line 1 ")]
    [InlineData("udptun-sessions 4 now 1\nend 0 0 0\n", "line 1 ")]
    [InlineData("udptun-sessions 4 1\nend 0 0 0\n", "line 1 ")]
    [InlineData("udptun-sessions 4 1 1\n", "line 2 ")]
    [InlineData("udptun-sessions 4 1 1\nend 0 1 0\n", "line 2 ")]
    [InlineData("udptun-sessions 4 1 1\nend 0 0 0\nend 0 0 0\n", "line 2 ")]
    [InlineData("udptun-sessions 4 1 1\n10.9.0.1:40000\nend 1 0 0\n", "line 2 ")]
    [InlineData("udptun-sessions 4 1 1\nhold 10.9.0.1:40000 Tcp 10.61.0.2:80 192.168.61.123:20080 -1\nend 0 1 0\n", "line 2 ")]
    [InlineData("udptun-sessions 4 1 1\nrest * Udp 10.61.0.2:8 192.168.61.123:20008 60000\nend 0 0 1\n", "line 2 ")]
    [InlineData("udptun-sessions 4 1 1\nrest - Udp 10.61.0.2:8 192.168.61.123:20008\nend 0 0 1\n", "line 2 ")]
    public void Damaged_text_should_be_refused_with_its_line(string text, string line) =>
        Assert.StartsWith(line, Assert.Throws<FormatException>(() => Read(text)).Message);

    [Theory]
    [InlineData("Udp", "Sctp")]
    [InlineData("Udp", "17")]
    [InlineData("Udp", "udp")]
    [InlineData("10.61.0.2:1", "10.61.0.2")]
    [InlineData("203.0.113.1:53", "203.0.113.1:65536")]
    [InlineData("outside", "1")]
    [InlineData("outside 3 ", "outside 256 ")]
    [InlineData(" 1000 ", " -1 ")]
    [InlineData(" 1000 ", " 9223372036854775807 ")]
    public void Damaged_field_should_be_refused(string field, string damage) =>
        Assert.StartsWith("line 2 ", Assert.Throws<FormatException>(() => Read(Intact.Replace(field, damage, StringComparison.Ordinal))).Message);

    [Fact]
    public void Text_should_be_refused_wherever_it_is_cut_but_behind_its_last_figure()
    {
        for (var length = 0; length < Intact.Length - 1; length++) Assert.Throws<FormatException>(() => Read(Intact[..length]));
    }

    [Fact]
    public void Any_change_should_be_read_or_refused_and_nothing_else() =>
        Gen.Select(Gen.Int[0, Intact.Length - 1], Gen.Char).Array[1, 5].Sample(changes =>
        {
            var text = Intact.ToCharArray();
            foreach (var (at, letter) in changes) text[at] = letter;
            try
            {
                Read(new string(text));
            }
            catch (FormatException)
            {
                // the one way to refuse
            }
        }, iter: 20_000);
}
