using UdpTun.Actors.Settings;
using UdpTun.Host.Roles;
using UdpTun.Net.Flows;
using UdpTun.Net.Io;

namespace UdpTun.Host.Tests.Roles;

public class ServerAddressTests
{
    private static readonly InetAddress Six = InetAddress.Parse("2001:db8::1");
    private static readonly InetAddress Four = InetAddress.Parse("203.0.113.1");
    private static readonly ServerEndpoint Server = new("vpn.example", 9877);

    [Fact]
    public void Address_should_be_the_resolvers_first_when_routes_lead_to_both() =>
        Assert.Equal(new ServerAddress(new InetEndpoint(Six, 9877), 1480), Choose([Six, Four], to => to == Six ? 1480 : 1500));

    [Fact]
    public void Address_should_be_the_next_when_no_route_leads_to_the_first() =>
        Assert.Equal(new ServerAddress(new InetEndpoint(Four, 9877), 1500), Choose([Six, Four], to => to == Four ? 1500 : null));

    [Fact]
    public void Address_should_be_the_first_when_no_route_leads_anywhere_yet() =>
        Assert.Equal(new ServerAddress(new InetEndpoint(Six, 9877), null), Choose([Six, Four], _ => null));

    [Fact]
    public void Link_local_address_should_be_passed_over_and_refused_when_it_is_the_only_one()
    {
        var linkLocal = InetAddress.Parse("fe80::1");

        Assert.Equal(Four, Choose([linkLocal, Four], _ => 1500).Endpoint.Address);
        var refused = Assert.Throws<DeviceUnavailableException>(() => Choose([linkLocal], _ => 1500));
        Assert.Contains("link-local", refused.Message);
    }

    private static ServerAddress Choose(InetAddress[] addresses, Func<InetAddress, int?> mtuTo) =>
        ServerAddress.Choose(Server, addresses, to => mtuTo(to.Address));
}
