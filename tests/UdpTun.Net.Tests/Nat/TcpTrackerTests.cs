using UdpTun.Net.Headers;
using UdpTun.Net.Nat;

namespace UdpTun.Net.Tests.Nat;

public sealed class TcpTrackerTests
{
    /// <summary>Plays packets such as <c>&gt;S &lt;SA &gt;A</c>: the arrow is the direction (&gt; outbound), the letters are flags.</summary>
    private static SessionState After(string packets)
    {
        var tracker = new TcpTracker();
        foreach (var packet in packets.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var flags = TcpFlags.None;
            foreach (var letter in packet[1..])
                flags |= letter switch { 'S' => TcpFlags.Syn, 'A' => TcpFlags.Ack, 'F' => TcpFlags.Fin, 'R' => TcpFlags.Rst, _ => TcpFlags.Psh };
            tracker.See(flags, outbound: packet[0] == '>');
        }

        return tracker.State;
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
    public void Session_should_be_established_when_both_sides_have_acknowledged(string packets) =>
        Assert.Equal(SessionState.Established, After(packets));

    [Theory]
    [InlineData(Handshake + ">FA <FA")]
    [InlineData(Handshake + ">FA <FA >A")]
    [InlineData(Handshake + "<FA >A >FA <A")]
    [InlineData(Handshake + ">R")]
    [InlineData(Handshake + "<R")]
    [InlineData(Handshake + "<RA >A <A")]
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
}
