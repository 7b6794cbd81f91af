using UdpTun.Actors.Lessons;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Routes;
using UdpTun.Net.Io;

namespace UdpTun.Actors.Lines;

/// <summary>The article's second program: whoever is pinged through the TUN answers.</summary>
public sealed record EchoLine(IDeviceFactory<ITunDevice> TunFactory) : ILinePlan
{
    public IDeviceFactory<ITunDevice>? Tun => TunFactory;

    public IDeviceFactory<IUdpSocket>? Udp => null;

    public int? ClientCount => null;

    public int? SessionCount => null;

    LineParts ILinePlan.Build(LineBuilder builder)
    {
        var tunWriter = builder.StartTunWriter();
        var responder = builder.Start(EchoResponderActor.Props(tunWriter, builder.Line.Drops), "echo");
        return new LineParts
        {
            TunReader = builder.StartTunReader(),
            TunWriter = tunWriter,
            FromTun = new WholeBurstRoute(responder, Direction.Outbound),
        };
    }
}
