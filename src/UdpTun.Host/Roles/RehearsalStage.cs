using System.Net;
using UdpTun.Actors.WarmUp;
using UdpTun.Linux.Sockets;
using UdpTun.Linux.Tun;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Io;

namespace UdpTun.Host.Roles;

/// <summary>What a rehearsal's packets pass through: the same calls as on the real devices, which end in this process and on the loopback.</summary>
internal static class RehearsalStage
{
    /// <param name="tunOffload">Whether the TUN ends take super-packets.</param>
    /// <param name="udpOffload">Whether the kernel joins and cuts datagrams.</param>
    /// <exception cref="DeviceUnavailableException">The host has no loopback.</exception>
    public static RehearsalEnds Build(bool tunOffload, bool udpOffload)
    {
        var (clientTun, inner) = TunPair.Open("rehearsal", TunnelMtu.Usual, tunOffload);
        var (serverTun, internet) = TunPair.Open("rehearsal", TunnelMtu.Usual, tunOffload);
        return new RehearsalEnds(clientTun, inner, Udp(), Udp(), serverTun, internet);

        IUdpSocket Udp() => new UdpSocketFactory(new UdpSocketOptions
        {
            Bind = new InetEndpoint(InetAddress.From(IPAddress.Loopback), 0),
            Offload = udpOffload,
        }).Open();
    }
}
