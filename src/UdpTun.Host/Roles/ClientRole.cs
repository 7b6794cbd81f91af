using UdpTun.Actors.Lines;
using UdpTun.Actors.Settings;
using UdpTun.Actors.Settings.Reading;
using UdpTun.Host.Cli;
using UdpTun.Linux.HostSetup;
using UdpTun.Linux.Sockets;
using UdpTun.Net.Flows;
using UdpTun.Transport.Plain;

namespace UdpTun.Host.Roles;

/// <summary>Sends what its routes lead into the TUN to its server.</summary>
internal sealed class ClientRole : TunnelRole
{
    // A super-packet whose segments with their headers fit one message of the socket (65507 bytes): a longer one would leave in two, the second
    // all but empty. Measured on the client 5.2 to 7.9 Gbit/s up; the server's TUN, which takes what others sent, is left as it is.
    private const int MaxSuperPacket = 61000;

    private static readonly InetPrefix Everything = new(InetAddress.FromV4(0), 0);
    private static readonly InetEndpoint AnyV4 = new(InetAddress.FromV4(0), 0);
    private static readonly InetEndpoint AnyV6 = new(default, 0);

    protected override string DefaultDevice => "clienttun";

    protected override void Check(RunContext context) => context.Secure.Check(Role.Client);

    protected override RolePlan Prepare(RoleHost host)
    {
        var client = host.Context.Settings.Client;
        var secure = host.Context.Settings.Transport == TransportKind.Secure ? host.Context.Secure.OfClient() : null;
        var named = secure?.Peers[0].Endpoints ?? (client.Server is { } only ? [only] : throw new SettingsException(
            "udptun.client.server", "udptun.client.server is empty: name the server with --server HOST[:PORT]"));
        var (server, pathMtu) = ServerAddress.Find(named[0], OuterPath.MtuTo);
        host = host.WithMtu(pathMtu, $"the way to {server}");
        InetPrefix[] addresses = client.Address6 is { } address6 ? [client.Address, address6] : [client.Address];
        var setup = new ClientHostSetup(
            new ClientHostOptions
            {
                Addresses = addresses,
                Routes = client.RouteEverything ? [.. client.Routes, Everything] : client.Routes,
                Servers = [server.Address, .. named.SelectMany(ServerAddress.All)],
            },
            host.Journal, host.Context.Warn);
        setup.Apply();
        var tun = host.Tun(addresses, setup.DeviceRoutes, MaxSuperPacket);
        return new RolePlan(new RoleDescription("client", host.Mtu) { Server = server.ToString() }, [Line()]);

        ILinePlan Line()
        {
            if (secure is not null)
                return new PeerLine(tun, host.Udp(SecureLine.BindFor(named), setup.Mark), SecureLine.OpenClient(host, secure, setup.Mark));
            host.Context.Warn($"transport plain protects nothing: whoever is on the way to {server} reads and changes the packets");
            return new ClientLine(tun, host.Udp(server.Address.IsV4 ? AnyV4 : AnyV6, setup.Mark), new PlainTransport(), server);
        }
    }
}
