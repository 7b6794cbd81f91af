using UdpTun.Actors.Settings.Reading;
using UdpTun.Linux.HostSetup;
using UdpTun.Linux.Sockets;
using UdpTun.Linux.Tun;
using UdpTun.Net.Flows;

namespace UdpTun.Host.Roles;

/// <summary>
/// The host as a role sees it while it prepares: its run, its device's name, and the journal that every change goes through.
/// </summary>
internal sealed record RoleHost(RunContext Context, string Device, HostJournal Journal)
{
    /// <summary>Opens the role's TUN with the settings' sizes.</summary>
    public TunDeviceFactory Tun(IReadOnlyList<InetPrefix> addresses, IReadOnlyList<DeviceRoute> routes) => new(
        new TunDeviceOptions
        {
            Name = Device,
            Mtu = Context.Settings.Tun.Mtu,
            QueueLength = Context.Settings.Tun.QueueLength,
            Addresses = addresses,
            Routes = routes,
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

        return Tun([], [.. client.Routes.Select(route => new DeviceRoute(route))]);
    }

    /// <summary>Opens the tunnel's socket with the settings' sizes.</summary>
    public UdpSocketFactory Udp(InetEndpoint bind, uint mark = 0) => new(
        new UdpSocketOptions
        {
            Bind = bind,
            ReceiveBuffer = Context.Settings.Udp.ReceiveBuffer,
            SendBuffer = Context.Settings.Udp.SendBuffer,
            Mark = mark,
        },
        Context.Warn);
}
