using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using UdpTun.Actors.Events;
using UdpTun.Host.Control;
using UdpTun.Host.Control.Events;
using UdpTun.Net.Flows;

namespace UdpTun.Host.Tests.Control.Events;

public sealed class EventQueryTests
{
    private static readonly TunnelEvent Opened = new(TunnelEventKind.FlowOpened, DateTimeOffset.UnixEpoch, "10.77.1.2:40000")
    {
        Flow = "udp-7",
        Protocol = IpProtocol.Udp,
        Inner = new InetEndpoint(InetAddress.Parse("10.61.0.2"), 5000),
        Remote = new InetEndpoint(InetAddress.Parse("203.0.113.10"), 53),
    };

    private static readonly TunnelEvent Came = new(TunnelEventKind.PeerCame, DateTimeOffset.UnixEpoch, "10.77.1.2:40000");

    private static EventQuery Read(string query) => EventQuery.Read(new QueryCollection(QueryHelpers.ParseQuery(query)));

    [Theory]
    [InlineData("", true, true)]
    [InlineData("?peer=10.77.1.2", true, true)]
    [InlineData("?peer=10.77.1.20", false, false)]
    [InlineData("?event=peer-came,flow-closed", false, true)]
    [InlineData("?protocol=udp&destination=203.0.113.0/24", true, false)]
    [InlineData("?protocol=tcp", false, false)]
    [InlineData("?destination=:53", true, false)]
    [InlineData("?text=UDP-7", true, false)]
    public void Query_should_admit_what_it_asks_for(string query, bool opened, bool came) =>
        Assert.Equal((opened, came), (Read(query).Admits(Opened), Read(query).Admits(Came)));

    [Theory]
    [InlineData("?event=flow-opened,flow-closd", "event is 'flow-closd', but must be some of flow-opened, ")]
    [InlineData("?state=opening", "events have no state")]
    [InlineData("?max=7", "events have no max")]
    public void Query_that_makes_no_sense_should_be_refused(string query, string sentence)
    {
        var refused = Assert.Throws<ControlException>(() => Read(query));
        Assert.Equal(400, refused.Status);
        Assert.StartsWith(sentence, refused.Message);
    }
}
