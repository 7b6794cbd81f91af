using UdpTun.Actors.Lines;
using UdpTun.Actors.Settings;
using UdpTun.Actors.Settings.Reading;
using UdpTun.Host.Cli;
using UdpTun.Host.Control.Server;
using UdpTun.Host.Control.Status;
using UdpTun.Host.Service;
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

    private ClientHostSetup? _setup;
    private SecureSettings? _secure;
    private IReadOnlyList<ServerEndpoint> _named = [];
    private ServerSearch.Found? _found;
    private ServerEndpoint? _server;
    private bool _mayMove, _isSecure;

    protected override string DefaultDevice => "clienttun";

    protected override void Check(RunContext context) => context.Secure.Check(Role.Client);

    /// <summary>A server elsewhere: the routes are made around where it is, and the socket for addresses like its own.</summary>
    public override (string Key, string Why)? FindObstacle(TunnelSettings settings)
    {
        const string Key = "udptun.client.server";
        if (settings.Client.Server == _server || _mayMove || _setup is null) return null;
        if (!_isSecure || settings.Client.Server is not { } other) return (Key, "the line is made for it");
        if (!InetAddress.TryParse(other.Host, out var address)) return (Key, "routes that suit an address do not suit a name, which may lead anywhere");
        if (InetAddress.TryParse(_server!.Host, out var former) && former.IsV4 && !address.IsV4) return (Key, "the socket is one of IPv4");
        return _setup.Swallows(address) ? (Key, "a route leads to it into the tunnel, and routes are made around the server at the start") : null;
    }

    public override void Use(TunnelSettings settings) => _server = settings.Client.Server;

    protected override async Task WaitForNetworkAsync(RoleHost host, ServiceNotifier? manager, CancellationToken stop)
    {
        _secure = host.Context.Settings.Transport == TransportKind.Secure ? host.Context.Secure.OfClient() : null;
        _named = _secure?.Peers[0].Endpoints ?? (host.Context.Settings.Client.Server is { } only ? [only] : throw new SettingsException(
            "udptun.client.server", "udptun.client.server is empty: name the server with --server HOST[:PORT]"));
        var search = new ServerSearch(_named, ServerAddress.LookUp, Task.Delay);
        _found = await search.TryAsync(stop);
        if (_found is not null) return;
        host.Context.Warn($"{search.Obstacle}; the tunnel begins when it has one (check the name and this host's DNS, or give an address)");
        manager?.Status(search.Obstacle);
        await using var control = ControlServer.TryStart(
            host.Journal.Place.ControlSocket, [new WaitingEndpoints(host, _named[0].ToString(), () => search.Obstacle)], host.Context.Log);
        _found = await search.UntilFoundAsync(stop);
    }

    protected override RolePlan Prepare(RoleHost host)
    {
        var client = host.Context.Settings.Client;
        var (secure, named, found) = (_secure, _named, _found!);
        // A peer's file may name others at any reload, and a name may lead anywhere.
        (_server, _isSecure) = (client.Server, secure is not null);
        _mayMove = _isSecure && (client.Server is null || !SecureLine.AreAddresses(named));
        var (server, pathMtu) = ServerAddress.Choose(found.Server, found.Addresses, OuterPath.MtuTo);
        host = host.WithMtu(pathMtu, $"the way to {server}");
        InetPrefix[] addresses = client.Address6 is { } address6 ? [client.Address, address6] : [client.Address];
        var setup = new ClientHostSetup(
            new ClientHostOptions
            {
                Addresses = addresses,
                Routes = client.RouteEverything ? [.. client.Routes, Everything] : client.Routes,
                Servers = [server.Address, .. named.SelectMany(ServerAddress.All)],
                ServersMayMove = _mayMove,
            },
            host.Journal, host.Context.Warn);
        setup.Apply();
        _setup = setup;
        var tun = host.Tun(addresses, setup.DeviceRoutes, MaxSuperPacket);
        return new RolePlan(new RoleDescription("client", host.Mtu) { Server = server.ToString() }, [Line()]);

        ILinePlan Line()
        {
            if (secure is not null)
                return new PeerLine(tun, host.Udp(SecureLine.BindFor(named, _mayMove), setup.Mark), SecureLine.OpenClient(host, secure, setup.Mark));
            host.Context.Warn($"transport plain protects nothing: whoever is on the way to {server} reads and changes the packets");
            return new ClientLine(tun, host.Udp(server.Address.IsV4 ? AnyV4 : AnyV6, setup.Mark), new PlainTransport(), server);
        }
    }
}
