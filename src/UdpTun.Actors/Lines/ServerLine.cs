using Akka.Actor;
using UdpTun.Actors.Nat;
using UdpTun.Actors.Peers;
using UdpTun.Actors.Routes;
using UdpTun.Actors.Routes.Shards;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Admission;
using UdpTun.Net.Flows;
using UdpTun.Net.Io;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;
using UdpTun.Net.PortMapping;
using UdpTun.Transport;
using UdpTun.Transport.Secure;

namespace UdpTun.Actors.Lines;

/// <summary>
/// The server: UDP to sessions to TUN and back. What is sent to the gateway addresses is answered here and never passed on.
/// </summary>
public sealed record ServerLine(
    IDeviceFactory<ITunDevice> TunFactory, IDeviceFactory<IUdpSocket> UdpFactory, ITransport Transport, NatTable Table,
    IPeerRegistry Peers, DestinationPolicy Destinations, Hairpin Hairpin, PortMapper PortMapper,
    IReadOnlyList<InetAddress> GatewayAddresses) : ILinePlan
{
    public IDeviceFactory<ITunDevice>? Tun => TunFactory;

    public IDeviceFactory<IUdpSocket>? Udp => UdpFactory;

    /// <summary>The shards that this line is one of, and which; null where it is the only one.</summary>
    public (ShardGroup Group, int Number)? Place { get; init; }

    /// <summary>The control half of a secure transport; null on a plain line.</summary>
    public SecureEnd? Secure { get; init; }

    public int? ClientCount => Peers.Count;

    public int? SessionCount => Table.SessionCount;

    public NatTable? Nat => Table;

    LineParts ILinePlan.Build(LineBuilder builder)
    {
        var tunWriter = builder.StartTunWriter();
        var udp = builder.StartUdp(Transport);
        var pings = new PeerPings(builder.Line, udp, Peers, GatewayAddresses);
        var gateway = builder.Start(GatewayActor.Props(udp, PortMapper, pings, builder.Line), "gateway");
        var reader = builder.StartTunReader();
        var handOver = JoinOthers(reader, udp, builder.Line);
        var unsolicited = new UnsolicitedSynAnswers(builder.Line, tunWriter, Table);
        var ends = new NatEnds(tunWriter, udp, Hairpin, new ClientErrors(builder.Line, udp, GatewayAddresses), unsolicited, builder.Line)
        {
            HandOver = handOver,
        };
        var nat = builder.StartLast(NatActor.Props(Table, Peers, Destinations, ends, builder.Dispatcher), "nat");
        var expiry = builder.Start(SessionExpiryScheduler.Props(builder.Line, Table, Peers, unsolicited), "session-expiry");
        var newcomers = new Newcomers(nat, builder.Line, ends.Waiting);
        var reporter = builder.StartLast(SessionReporter.Props(builder.Line, Table, Peers), "reporter");
        return new LineParts
        {
            TunReader = reader,
            TunWriter = tunWriter,
            FromTun = new InboundRoute(Table, newcomers, builder.Line, handOver),
            Udp = udp,
            Peers = builder.StartPeers(Secure, udp),
            FromUdp = new OutboundRoute(Peers, Table, Hairpin, [.. GatewayAddresses], gateway, newcomers, builder.Line),
            Nat = nat,
            Gateway = gateway,
            Reporter = reporter,
            Settings = builder.StartLast(SettingsActor.Props(builder.Line, Table, Peers, expiry, Destinations, PortMapper), "settings"),
        };
    }

    private HandOver? JoinOthers(IActorRef reader, IActorRef udp, LineContext line)
    {
        if (Place is not (var group, var number)) return null;
        group.Join(number, new ShardGroup.Member(reader, udp, line));
        if (Transport is SecureTransport secure) secure.Neighbours = new DatagramHandOver(group, number);
        return new HandOver(group, number);
    }
}
