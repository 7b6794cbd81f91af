using UdpTun.Actors.Messages;
using UdpTun.Actors.Routes;
using UdpTun.Net.Flows;
using UdpTun.Net.Io;
using UdpTun.Transport;

namespace UdpTun.Actors.Lines;

/// <summary>The client: TUN to UDP and back. It needs no flows, so bursts travel whole.</summary>
public sealed record ClientLine(
    IDeviceFactory<ITunDevice> TunFactory, IDeviceFactory<IUdpSocket> UdpFactory, ITransport Transport, InetEndpoint Server) : ILinePlan
{
    public IDeviceFactory<ITunDevice>? Tun => TunFactory;

    public IDeviceFactory<IUdpSocket>? Udp => UdpFactory;

    public int? ClientCount => null;

    public int? SessionCount => null;

    LineParts ILinePlan.Build(LineBuilder builder)
    {
        var tunWriter = builder.StartTunWriter();
        var udp = builder.StartUdp(Transport);
        return new LineParts
        {
            TunReader = builder.StartTunReader(),
            TunWriter = tunWriter,
            FromTun = new WholeBurstRoute(udp, Direction.Outbound, Server),
            Udp = udp,
            FromUdp = new FromServerRoute(Server, tunWriter, builder.Line),
        };
    }
}
