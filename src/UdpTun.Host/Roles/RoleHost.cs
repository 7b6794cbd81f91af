using System.Net.Sockets;
using UdpTun.Actors.Settings.Reading;
using UdpTun.Linux.HostSetup;
using UdpTun.Linux.Sockets;
using UdpTun.Linux.Tun;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Io;

namespace UdpTun.Host.Roles;

/// <summary>
/// The host as a role sees it while it prepares: its run, its device's name, and the journal that every change goes through.
/// </summary>
internal sealed record RoleHost(RunContext Context, string Device, HostJournal Journal)
{
    /// <summary>The longest packet in the tunnel, in bytes.</summary>
    public int Mtu { get; private init; } = Context.Settings.Tun.Mtu ?? TunnelMtu.Usual;

    /// <summary>The same host with the MTU that is set, or else the one that suits the path; says which, and why.</summary>
    /// <param name="path">Bytes that the path carries; null where that is not known yet.</param>
    /// <param name="what">The path, for the log.</param>
    public RoleHost WithMtu(int? path, string what)
    {
        var mtu = Context.Settings.Tun.Mtu ?? TunnelMtu.For(path ?? TunnelMtu.Usual + TunnelMtu.Overhead);
        if (Context.Settings.Tun.Mtu is not null)
        {
            Context.Log.Information("tunnel MTU {Mtu} as udptun.tun.mtu says", mtu);
        }
        else if (path is null)
        {
            Context.Log.Information("tunnel MTU {Mtu}: nothing is known yet of {Path:l}", mtu, what);
        }
        else
        {
            Context.Log.Information("tunnel MTU {Mtu}: {Path:l} carries {PathMtu} bytes, and {Overhead} are kept for headers",
                mtu, what, path, TunnelMtu.Overhead);
        }

        if (mtu + TunnelMtu.LeastOverhead > path)
        {
            Context.Warn($"packets of more than {path - TunnelMtu.LeastOverhead} bytes travel in fragments: "
                + $"{what} carries {path}, the tunnel's MTU is {mtu}");
        }

        return this with { Mtu = mtu };
    }

    /// <summary>Opens the role's TUN with the settings' sizes.</summary>
    /// <param name="addresses">The device's own.</param>
    /// <param name="routes">What leads to it.</param>
    /// <param name="maxSuperPacket">See <see cref="TunDeviceOptions.MaxSuperPacket"/>.</param>
    /// <param name="severalQueues">See <see cref="TunDeviceOptions.SeveralQueues"/>.</param>
    public TunDeviceFactory Tun(
        IReadOnlyList<InetPrefix> addresses, IReadOnlyList<DeviceRoute> routes, int maxSuperPacket = 0, bool severalQueues = false) =>
        new(
            Options(addresses, routes) with
            {
                Offload = Context.Settings.Tun.Offload,
                MaxSuperPacket = maxSuperPacket,
                SeveralQueues = severalQueues,
            },
            Journal, Context.Warn);

    /// <summary>
    /// Opens the TUN of a lesson: like the article's, without an address of its own, so that what is routed into it bears the host's.
    /// </summary>
    /// <exception cref="SettingsException">Everything is to be routed into it, the answers too.</exception>
    public TunDeviceFactory LessonTun()
    {
        var client = Context.Settings.Client;
        if (client.RouteEverything)
        {
            throw new SettingsException("udptun.client.routes",
                "udptun.client.routes is 'default', but must be address ranges such as 198.51.100.0/24 for the roles dump and echo");
        }

        // A lesson is about packets as they are on a wire.
        var options = Options([], [.. client.Routes.Select(route => new DeviceRoute(route))]);
        return new TunDeviceFactory(options with { Offload = false }, Journal, Context.Warn);
    }

    /// <summary>Opens the TUN of a plain interface, whose addresses, routes, MTU and state are others' business.</summary>
    public TunDeviceFactory BareTun() =>
        new(Options([], []) with { Offload = Context.Settings.Tun.Offload, OthersSetUp = true }, Journal, Context.Warn);

    /// <summary>Opens the socket of a plain interface, of both families where the host has both.</summary>
    public UdpSocketFactory UdpOfInterface(ushort port, uint mark) => new(
        Options(new InetEndpoint(Socket.OSSupportsIPv6 ? default : InetAddress.FromV4(0), port)) with { Mark = mark, LongestPacket = ushort.MaxValue },
        Context.Warn);

    /// <summary>Opens the tunnel's socket with the settings' sizes.</summary>
    public UdpSocketFactory Udp(InetEndpoint bind, uint mark = 0) => new(Options(bind) with { Mark = mark }, Context.Warn);

    /// <summary>Opens a socket for each shard at one address and port.</summary>
    /// <param name="bind">The address and port.</param>
    /// <param name="shards">1 or more.</param>
    /// <param name="steering">See <see cref="UdpSocketRow"/>.</param>
    public IReadOnlyList<IDeviceFactory<IUdpSocket>> UdpOfShards(InetEndpoint bind, int shards, DatagramSteering? steering) =>
        shards == 1 ? [Udp(bind)] : new UdpSocketRow(Options(bind), shards, Context.Warn, steering).Members;

    private UdpSocketOptions Options(InetEndpoint bind) => new()
    {
        Bind = bind,
        LongestPacket = Mtu,
        ReceiveBuffer = Context.Settings.Udp.ReceiveBuffer,
        SendBuffer = Context.Settings.Udp.SendBuffer,
        Offload = Context.Settings.Udp.Offload,
    };

    private TunDeviceOptions Options(IReadOnlyList<InetPrefix> addresses, IReadOnlyList<DeviceRoute> routes) => new()
    {
        Name = Device,
        Mtu = Mtu,
        QueueLength = Context.Settings.Tun.QueueLength,
        Addresses = addresses,
        Routes = routes,
    };
}
