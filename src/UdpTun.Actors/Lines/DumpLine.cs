using UdpTun.Actors.Lessons;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Routes;
using UdpTun.Net.Io;

namespace UdpTun.Actors.Lines;

/// <summary>The article's first program: what is routed into the TUN is printed.</summary>
public sealed record DumpLine(IDeviceFactory<ITunDevice> TunFactory, TextWriter Output, bool Hex) : ILinePlan
{
    public IDeviceFactory<ITunDevice>? Tun => TunFactory;

    public IDeviceFactory<IUdpSocket>? Udp => null;

    public int? ClientCount => null;

    public int? SessionCount => null;

    LineParts ILinePlan.Build(LineBuilder builder)
    {
        var printer = builder.Start(PacketPrinterActor.Props(Output, Hex, builder.Line.Drops), "printer");
        return new LineParts
        {
            TunReader = builder.StartTunReader(),
            FromTun = new WholeBurstRoute(printer, Direction.Outbound),
        };
    }
}
