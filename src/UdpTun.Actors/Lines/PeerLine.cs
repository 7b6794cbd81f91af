using UdpTun.Actors.Peers;
using UdpTun.Actors.Routes;
using UdpTun.Net.Io;

namespace UdpTun.Actors.Lines;

/// <summary>
/// TUN to peers and back without a NAT: a packet goes to the peer that its destination leads to. With one peer that has everything it is a
/// client of the secure transport; with several it is a plain WireGuard interface.
/// </summary>
public sealed record PeerLine(
    IDeviceFactory<ITunDevice> TunFactory, IDeviceFactory<IUdpSocket> UdpFactory, SecureEnd Secure) : ILinePlan
{
    public IDeviceFactory<ITunDevice>? Tun => TunFactory;

    public IDeviceFactory<IUdpSocket>? Udp => UdpFactory;

    public int? ClientCount => null;

    public int? SessionCount => null;

    LineParts ILinePlan.Build(LineBuilder builder)
    {
        var tunWriter = builder.StartTunWriter();
        var udp = builder.StartUdp(Secure.Transport);
        return new LineParts
        {
            TunReader = builder.StartTunReader(),
            TunWriter = tunWriter,
            FromTun = new ToPeersRoute(Secure.Transport, udp, builder.Line),
            Udp = udp,
            FromUdp = new FromPeersRoute(tunWriter, builder.Line),
            Peers = builder.StartPeers(Secure, udp),
        };
    }
}
