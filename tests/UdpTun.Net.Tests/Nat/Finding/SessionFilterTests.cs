using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.Nat.Finding;
using static UdpTun.Net.Tests.Nat.NatFixture;

namespace UdpTun.Net.Tests.Nat.Finding;

public sealed class SessionFilterTests
{
    private const string Peer = "10.77.1.2:40000";

    private readonly NatSession _session = Table().Open(Alice, Udp("10.61.0.2:5000"));

    [Theory]
    [InlineData("10.77.1.2", true)]
    [InlineData("10.77.1.2:40000", true)]
    [InlineData("10.77.1.2:4", false)]
    [InlineData("10.77.1.", false)]
    [InlineData("10.77.1.20", false)]
    public void Peer_should_be_meant_by_its_address_or_its_name(string peer, bool admitted) =>
        Assert.Equal(admitted, new SessionFilter(Peer: peer).Admits(_session, Peer));

    [Theory]
    [InlineData("2001:db8::1", true)]
    [InlineData("2001:db8::", false)]
    public void Peer_of_version_6_should_be_meant_by_its_address(string peer, bool admitted) =>
        Assert.Equal(admitted, new SessionFilter(Peer: peer).Admits(_session, "[2001:db8::1]:40000"));

    [Theory]
    [InlineData(IpProtocol.Udp, true)]
    [InlineData(IpProtocol.Tcp, false)]
    [InlineData(IpProtocol.Icmp, false)]
    public void Protocol_should_be_the_flows(IpProtocol protocol, bool admitted) =>
        Assert.Equal(admitted, new SessionFilter(Protocol: protocol).Admits(_session, Peer));

    [Theory]
    [InlineData("203.0.113.0/24", null, true)]
    [InlineData("203.0.113.1/32", 53, true)]
    [InlineData("203.0.113.1/32", 54, false)]
    [InlineData("203.0.114.0/24", null, false)]
    [InlineData("2001:db8::/32", null, false)]
    public void Destination_should_hold_the_remote(string range, int? port, bool admitted) =>
        Assert.Equal(admitted, new SessionFilter(Destination: InetPrefix.Parse(range), Port: (ushort?)port).Admits(_session, Peer));

    [Theory]
    [InlineData("UDP-1", true)]
    [InlineData("77.1.2", true)]
    [InlineData("10.61.0.2:5000", true)]
    [InlineData("192.168.61.123", true)]
    [InlineData(".1:53", true)]
    [InlineData("tcp", false)]
    public void Text_should_be_found_in_what_a_person_sees(string text, bool admitted) =>
        Assert.Equal(admitted, new SessionFilter(Text: text).Admits(_session, Peer));

    [Fact]
    public void State_should_be_the_sessions()
    {
        Assert.True(new SessionFilter(State: SessionState.Opening).Admits(_session, Peer));
        _session.Kill(default);
        Assert.False(new SessionFilter(State: SessionState.Opening).Admits(_session, Peer));
        Assert.True(new SessionFilter(State: SessionState.Killed).Admits(_session, Peer));
    }
}
