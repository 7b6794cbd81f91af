using UdpTun.Host.Cli;
using UdpTun.Host.Verbs.Journal;
using UdpTun.Net.Flows;

namespace UdpTun.Host.Tests.Verbs.Journal;

public sealed class JournalQuestionTests
{
    [Theory]
    [InlineData("2026-11-22T14:03:07Z", "2026-11-22T14:03:07.000Z", 1000)]
    [InlineData("2026-11-22T15:03:07+01:00", "2026-11-22T14:03:07.000Z", 1000)]
    [InlineData("2026-11-22T14:03Z", "2026-11-22T14:03:00.000Z", 60_000)]
    [InlineData("2026-11-22T14:03:07.5Z", "2026-11-22T14:03:07.500Z", 100)]
    [InlineData("2026-11-22T14:03:07.123Z", "2026-11-22T14:03:07.123Z", 1)]
    [InlineData("2026-11-22T14:03:07.1234567-02:30", "2026-11-22T16:33:07.123Z", 1)]
    public void Time_should_mean_as_much_as_it_is_told_exactly(string text, string from, int milliseconds)
    {
        var question = JournalQuestion.Parse("203.0.113.5:4711", "udp", text);
        Assert.Equal((from, milliseconds), ($"{question.From:yyyy-MM-dd'T'HH:mm:ss.fff}Z", (int)(question.To - question.From).TotalMilliseconds));
    }

    [Theory]
    [InlineData("203.0.113.5:4711", "tcp", IpProtocol.Tcp)]
    [InlineData("203.0.113.5:4711", "UDP", IpProtocol.Udp)]
    [InlineData("203.0.113.5:4711", "icmp", IpProtocol.Icmp)]
    [InlineData("[2001:db8::1]:4711", "icmp", IpProtocol.IcmpV6)]
    public void Protocol_should_suit_the_family(string endpoint, string protocol, IpProtocol expected) =>
        Assert.Equal(expected, JournalQuestion.Parse(endpoint, protocol, "2026-11-22T14:03:07Z").Protocol);

    [Theory]
    [InlineData("203.0.113.5", "tcp", "2026-11-22T14:03:07Z", "'203.0.113.5' is no ADDRESS:PORT such as 203.0.113.5:4711 or [2001:db8::1]:4711")]
    [InlineData("203.0.113.5:4711", "gre", "2026-11-22T14:03:07Z", "'gre' is no protocol of a mapping; there are tcp, udp and icmp")]
    [InlineData("203.0.113.5:4711", "tcp", "2026-11-22T14:03:07", "'2026-11-22T14:03:07' is no time with its zone, such as ")]
    [InlineData("203.0.113.5:4711", "tcp", "2026-11-22", "'2026-11-22' is no time with its zone, such as ")]
    [InlineData("203.0.113.5:4711", "tcp", "yesterday", "'yesterday' is no time with its zone, such as ")]
    public void Question_should_be_refused_with_what_it_should_have_been(string endpoint, string protocol, string time, string sentence) =>
        Assert.StartsWith(sentence, Assert.Throws<UsageException>(() => JournalQuestion.Parse(endpoint, protocol, time)).Message);
}
