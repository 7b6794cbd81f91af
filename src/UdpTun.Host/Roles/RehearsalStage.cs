using System.Net;
using UdpTun.Actors.Settings;
using UdpTun.Actors.WarmUp;
using UdpTun.Linux.Polling;
using UdpTun.Linux.Sockets;
using UdpTun.Linux.Tun;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Io;

namespace UdpTun.Host.Roles;

/// <summary>What a rehearsal's packets pass through: the same calls as on the real devices, which end in this process and on the loopback.</summary>
internal static class RehearsalStage
{
    /// <summary>Begins a rehearsal of what is set; null on a host whose loopback has no address.</summary>
    public static Rehearsal? TryStart(TunnelSettings settings)
    {
        try
        {
            var ends = Build(settings.Tun.Offload, settings.Udp.Offload);
            return Rehearsal.Start(new EpollPoller(), ends, settings.Transport, settings.Line.WarmUp);
        }
        catch (DeviceUnavailableException)
        {
            return null;
        }
    }

    /// <param name="tunOffload">Whether the TUN ends take super-packets.</param>
    /// <param name="udpOffload">Whether the kernel joins and cuts datagrams.</param>
    /// <exception cref="DeviceUnavailableException">The host's loopback has no address.</exception>
    public static RehearsalEnds Build(bool tunOffload, bool udpOffload)
    {
        var (one, other) = (Udp(), Udp());
        var (clientTun, inner) = TunPair.Open("rehearsal", TunnelMtu.Usual, tunOffload);
        var (serverTun, internet) = TunPair.Open("rehearsal", TunnelMtu.Usual, tunOffload);
        return new RehearsalEnds(clientTun, inner, one, other, serverTun, internet);

        IUdpSocket Udp() => new UdpSocketFactory(new UdpSocketOptions
        {
            Bind = new InetEndpoint(InetAddress.From(IPAddress.Loopback), 0),
            Offload = udpOffload,
        }).Open();
    }
}
