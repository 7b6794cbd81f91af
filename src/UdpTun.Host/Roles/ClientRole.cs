using UdpTun.Actors.Lines;
using UdpTun.Actors.Settings;
using UdpTun.Actors.Settings.Reading;
using UdpTun.Host.Cli;
using UdpTun.Host.Control.Server;
using UdpTun.Host.Control.Status;
using UdpTun.Host.Reload;
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

    protected override async Task<RolePlan?> PrepareAsync(RoleHost host, ServiceNotifier? manager, CancellationToken stop)
    {
        var secure = host.Context.Settings.Transport == TransportKind.Secure ? host.Context.Secure.OfClient() : null;
        var named = secure?.Peers[0].Endpoints ?? (host.Context.Settings.Client.Server is { } only ? [only] : throw new SettingsException(
            "udptun.client.server", "udptun.client.server is empty: name the server with --server HOST[:PORT]"));
        return await FindServerAsync(host, named, manager, stop) is { } found ? Prepare(host, secure, named, found) : null;
    }

    /// <summary>Null: the configuration has changed before there was an address.</summary>
    private static async Task<ServerSearch.Found?> FindServerAsync(
        RoleHost host, IReadOnlyList<ServerEndpoint> named, ServiceNotifier? manager, CancellationToken stop)
    {
        var search = new ServerSearch(named, ServerAddress.LookUp, Task.Delay);
        if (await search.TryAsync(stop) is { } atOnce) return atOnce;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var reloader = new EarlyReloader(host.Context, end.CancelAsync);
        await using var control = ControlServer.TryStart(
            host.Journal.Place.ControlSocket,
            [new WaitingEndpoints(host, named[0].ToString(), () => search.Obstacle), new ReloadEndpoints(reloader)], host.Context.Log);
        host.Context.Warn($"{search.Obstacle}; the tunnel begins when it has one (check the name and this host's DNS, or give an address)");
        manager?.Status(search.Obstacle);
        var signals = host.Context.Reload.ServeAsync(reloader, host.Context.Log, end.Token);
        try
        {
            return await search.UntilFoundAsync(end.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            if (control is not null) await control.FinishAsync();
            return null;
        }
        finally
        {
            await end.CancelAsync();
            await signals;
        }
    }

    private RolePlan Prepare(RoleHost host, SecureSettings? secure, IReadOnlyList<ServerEndpoint> named, ServerSearch.Found found)
    {
        var client = host.Context.Settings.Client;
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
                return new PeerLine(tun, host.Udp(SecureLine.BindFor(named, _mayMove), setup.Mark), SecureLine.OpenClient(host, secure, server, setup.Mark));
            host.Context.Warn($"transport plain protects nothing: whoever is on the way to {server} reads and changes the packets");
            return new ClientLine(tun, host.Udp(server.Address.IsV4 ? AnyV4 : AnyV6, setup.Mark), new PlainTransport(), server);
        }
    }
}
