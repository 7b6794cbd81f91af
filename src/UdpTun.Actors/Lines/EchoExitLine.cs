using UdpTun.Actors.Lessons;
using UdpTun.Actors.Nat;
using UdpTun.Actors.Peers;
using UdpTun.Actors.Routes;
using UdpTun.Net.Io;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;
using UdpTun.Transport;

namespace UdpTun.Actors.Lines;

/// <summary>The article's third program: a server without a way out, which itself answers every ICMP echo request of its clients.</summary>
public sealed record EchoExitLine(
    IDeviceFactory<IUdpSocket> UdpFactory, ITransport Transport, NatTable EmptyTable, IPeerRegistry Peers) : ILinePlan
{
    public IDeviceFactory<ITunDevice>? Tun => null;

    public IDeviceFactory<IUdpSocket>? Udp => UdpFactory;

    /// <summary>The control half of a secure transport; null on a plain line.</summary>
    public SecureEnd? Secure { get; init; }

    public int? ClientCount => Peers.Count;

    public int? SessionCount => null;

    LineParts ILinePlan.Build(LineBuilder builder)
    {
        var drops = builder.Line.Drops;
        var udp = builder.StartUdp(Transport);
        var responder = builder.Start(EchoResponderActor.Props(udp, drops), "echo");
        var expiry = builder.Start(SessionExpiryScheduler.Props(builder.Line, EmptyTable, Peers, unsolicited: null), "session-expiry");
        return new LineParts
        {
            Udp = udp,
            Reporter = builder.StartLast(SessionReporter.Props(builder.Line, EmptyTable, Peers), "reporter"),
            Settings = builder.StartLast(SettingsActor.Props(builder.Line, EmptyTable, Peers, expiry), "settings"),
            Peers = builder.StartPeers(Secure, udp),
            FromUdp = new OutboundRoute(
                Peers, EmptyTable, new Hairpin(EmptyTable, ExternalAddresses.None), [], responder, new Newcomers(responder, builder.Line), builder.Line),
        };
    }
}
