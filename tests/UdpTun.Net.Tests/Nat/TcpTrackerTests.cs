using CsCheck;
using UdpTun.Net.Headers;
using UdpTun.Net.Nat;

namespace UdpTun.Net.Tests.Nat;

public sealed class TcpTrackerTests
{
    /// <summary>
    /// Plays packets such as <c>&gt;S &lt;SA &gt;A</c>: the arrow is the direction (&gt; outbound), the letters are flags.
    /// </summary>
    private static SessionState After(string packets)
    {
        var tracker = new TcpTracker();
        foreach (var (flags, outbound) in Read(packets)) tracker.See(flags, outbound);
        return tracker.State;
    }

    private static IEnumerable<(TcpFlags Flags, bool Outbound)> Read(string packets)
    {
        foreach (var packet in packets.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var flags = TcpFlags.None;
            foreach (var letter in packet[1..])
                flags |= letter switch { 'S' => TcpFlags.Syn, 'A' => TcpFlags.Ack, 'F' => TcpFlags.Fin, 'R' => TcpFlags.Rst, _ => TcpFlags.Psh };
            yield return (flags, packet[0] == '>');
        }
    }

    private const string Handshake = ">S <SA >A ";

    [Theory]
    [InlineData("")]
    [InlineData(">S")]
    [InlineData(">S >S >S")]
    [InlineData(">S <SA")]
    [InlineData(">A >A >PA")]
    [InlineData(">S <S")]
    public void Session_should_be_opening_until_both_sides_have_acknowledged(string packets) =>
        Assert.Equal(SessionState.Opening, After(packets));

    [Theory]
    [InlineData(Handshake)]
    [InlineData(">S <S >SA <SA")] // simultaneous open (RFC 9293 section 3.5)
    [InlineData(">PA <A")] // older than the table
    [InlineData(Handshake + ">FA")] // half closed: the far side may go on for hours
    [InlineData(Handshake + "<FA >A")]
    [InlineData(Handshake + ">FA >FA")]
    [InlineData(Handshake + ">S")] // a SYN within a connection proves nothing (RFC 5961 section 4)
    [InlineData(Handshake + "<S")]
    [InlineData(Handshake + "<R >A <PA")] // a forged RST (RFC 7857 section 2.2)
    [InlineData(Handshake + ">RA <A >PA")]
    public void Session_should_be_established_when_both_sides_have_acknowledged(string packets) =>
        Assert.Equal(SessionState.Established, After(packets));

    [Theory]
    [InlineData(Handshake + ">FA <FA")]
    [InlineData(Handshake + ">FA <FA >A")]
    [InlineData(Handshake + "<FA >A >FA <A")]
    [InlineData(Handshake + ">R")]
    [InlineData(Handshake + "<R")]
    [InlineData(Handshake + "<RA >A")]
    [InlineData(Handshake + ">RA <A <PA")]
    [InlineData(Handshake + "<R >A <R <A")] // another RST: both have to go on since that one
    [InlineData(Handshake + ">FA <FA <R >A <A")]
    [InlineData(">S <RA")]
    [InlineData(Handshake + "<R <SA")]
    public void Session_should_be_closing_after_both_FINs_or_a_RST(string packets) =>
        Assert.Equal(SessionState.Closing, After(packets));

    [Theory]
    [InlineData(Handshake + ">FA <FA >A >S", SessionState.Opening)]
    [InlineData(Handshake + "<R >S <SA", SessionState.Opening)]
    [InlineData(Handshake + "<R >S <SA >A", SessionState.Established)]
    [InlineData(Handshake + ">FA <FA >A <S >SA <A", SessionState.Established)]
    [InlineData(Handshake + "<R >S <SA >A >FA", SessionState.Established)]
    public void Session_should_open_again_with_a_new_SYN(string packets, SessionState expected) => Assert.Equal(expected, After(packets));

    [Theory]
    [InlineData(Handshake + "<R", true)]
    [InlineData(">S <RA", true)]
    [InlineData(Handshake + "<R >R", false)]
    [InlineData(Handshake + "<R >R >R", false)]
    [InlineData(Handshake + ">FA <FA >A >R", false)]
    [InlineData(Handshake + "<R >A", true)]
    [InlineData(Handshake + "<R >A <A >R", true)]
    public void Last_packet_should_keep_the_session_alive_unless_it_is_a_RST_after_the_end(string packets, bool keeps)
    {
        var tracker = new TcpTracker();
        var kept = false;
        foreach (var (flags, outbound) in Read(packets)) kept = tracker.See(flags, outbound);
        Assert.Equal(keeps, kept);
    }

    [Fact]
    public void Tracker_should_equal_the_rules_read_from_the_whole_history()
    {
        var flags = Gen.OneOf(
            TcpFlags.Syn, TcpFlags.Syn | TcpFlags.Ack, TcpFlags.Ack, TcpFlags.Psh | TcpFlags.Ack, TcpFlags.Fin | TcpFlags.Ack, TcpFlags.Rst,
            TcpFlags.Rst | TcpFlags.Ack, TcpFlags.None, TcpFlags.Syn | TcpFlags.Rst, TcpFlags.Syn | TcpFlags.Fin);
        Gen.Select(flags, Gen.Bool).Array[0, 40].Sample(packets =>
        {
            var tracker = new TcpTracker();
            var history = new List<(TcpFlags Flags, bool Outbound)>();
            foreach (var (flag, outbound) in packets)
            {
                if (StateOf(history) == SessionState.Closing && flag == TcpFlags.Syn) history.Clear();
                var ended = StateOf(history) == SessionState.Closing;
                history.Add((flag, outbound));
                Assert.Equal(!(ended && flag.HasFlag(TcpFlags.Rst)), tracker.See(flag, outbound));
                Assert.Equal(StateOf(history), tracker.State);
            }
        }, iter: 20_000);
    }

    /// <summary>The rules as one would say them, over all packets since the connection's first.</summary>
    private static SessionState StateOf(List<(TcpFlags Flags, bool Outbound)> history)
    {
        var sinceReset = history.Skip(history.FindLastIndex(packet => packet.Flags.HasFlag(TcpFlags.Rst)) + 1).ToList();
        var wasReset = sinceReset.Count < history.Count;
        if (wasReset && sinceReset.Select(packet => packet.Outbound).Distinct().Count() < 2) return SessionState.Closing;
        if (BothSent(TcpFlags.Fin)) return SessionState.Closing;
        return BothSent(TcpFlags.Ack) ? SessionState.Established : SessionState.Opening;

        bool BothSent(TcpFlags flag) =>
            history.Where(packet => packet.Flags.HasFlag(flag) && !packet.Flags.HasFlag(TcpFlags.Rst)).Select(packet => packet.Outbound).Distinct().Count() == 2;
    }
}
