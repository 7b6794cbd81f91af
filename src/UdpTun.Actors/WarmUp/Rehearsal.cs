using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using UdpTun.Actors.EventLoop;
using UdpTun.Actors.Hosting;
using UdpTun.Actors.Lines;
using UdpTun.Actors.Settings;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Admission;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Io;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;
using UdpTun.Net.PortMapping;
using UdpTun.Transport.Plain;

namespace UdpTun.Actors.WarmUp;

/// <summary>
/// A client's and a server's line with ends in memory, joined to each other, through which packets go before the real line stands: what the
/// first packets, and with the secure transport the first handshake, need is then compiled. The actor system is one of its own and logs nothing.
/// </summary>
public sealed class Rehearsal : IDisposable
{
    /// <summary>New flows and bursts: more than the 30 calls after which the runtime compiles a method for good.</summary>
    private const int Rounds = 40;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);
    private static readonly InetEndpoint s_client = new(InetAddress.Parse("192.0.2.2"), 9877);
    private static readonly InetEndpoint s_server = new(InetAddress.Parse("192.0.2.1"), 9877);

    private readonly SemaphoreSlim _answers = new(0);
    private readonly LineContext _line;
    private readonly RehearsalEnd _clientTun;
    private readonly RehearsalEnd _clientUdp;
    private readonly RehearsalEnd _serverUdp;
    private readonly RehearsalEnd _serverTun;
    private readonly RehearsalKeys? _keys;

    private Rehearsal(TransportKind transport)
    {
        if (transport == TransportKind.Secure) _keys = new RehearsalKeys(s_server, RehearsalPackets.Inner);
        _line = new LineContext(
            new RehearsalLoop(), new PacketPool(8), new DropCounters(), new LineTraffic(), TimeProvider.System);
        _clientTun = new RehearsalEnd(_ => _answers.Release());
        _clientUdp = new RehearsalEnd(datagram => _serverUdp!.Arrive(datagram, s_client));
        _serverUdp = new RehearsalEnd(datagram => _clientUdp.Arrive(datagram, s_server));
        _serverTun = new RehearsalEnd(packet => _serverTun!.Arrive(RehearsalPackets.Answer(packet), default));
    }

    /// <summary>
    /// Runs the rehearsal to its end, well under a second, and takes everything down again. Returns whether every packet was answered; if
    /// not, nothing is harmed but the first packets' speed.
    /// </summary>
    /// <param name="poller">What the rehearsal's loop waits on; disposed at the end.</param>
    /// <param name="transport">What goes between the two lines.</param>
    public static async Task<bool> RunAsync(IPoller poller, TransportKind transport)
    {
        using var loop = new EventLoop.EventLoop(poller, "udptun-rehearse");
        var quiet = ConfigurationFactory.ParseString(
            $"akka {{ loglevel = OFF, stdout-loglevel = OFF, loggers = [], scheduler.implementation = \"{typeof(RehearsalScheduler).AssemblyQualifiedName}\" }}\n"
            + LoopDispatchers.Hocon);
        var system = LocalSystem.Start("rehearsal", quiet, ActorSystemSetup.Create(new EventLoopSetup(loop)));
        using var rehearsal = new Rehearsal(transport);
        try
        {
            return await rehearsal.PlayAsync(system);
        }
        finally
        {
            await system.Terminate();
        }
    }

    public void Dispose() => _keys?.Dispose();

    private async Task<bool> PlayAsync(ActorSystem system)
    {
        Start(system, "server", ServerLine());
        Start(system, "client", ClientLine());
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var packet in RehearsalPackets.Round(round)) _clientTun.Arrive(packet, default);
            for (var answers = 0; answers < RehearsalPackets.PerRound; answers++)
            {
                if (!await _answers.WaitAsync(s_patience)) return false;
            }
        }

        return true;
    }

    private void Start(ActorSystem system, string name, ILinePlan plan)
    {
        var never = TimeSpan.FromHours(1);
        var guardian = new GuardianPlan([new Shard(plan, _line)], new ReopenSettings(never, never, never), never);
        system.ActorOf(TunnelGuardian.Props(guardian), name);
    }

    private ILinePlan ClientLine()
    {
        var (tun, udp) = (new RehearsalFactory<ITunDevice>(_clientTun), new RehearsalFactory<IUdpSocket>(_clientUdp));
        return _keys is null ? new ClientLine(tun, udp, new PlainTransport(), s_server) : new PeerLine(tun, udp, _keys.Client);
    }

    private ServerLine ServerLine()
    {
        var external = new ExternalAddresses([(RehearsalPackets.OuterV4, RehearsalPackets.OuterV4), (RehearsalPackets.OuterV6, RehearsalPackets.OuterV6)]);
        var table = new NatTable(
            new NatPolicy
            {
                OuterV4 = [RehearsalPackets.OuterV4],
                OuterV6 = [RehearsalPackets.OuterV6],
                Ports = new PortRange(20000, 29999),
                SweepInterval = TimeSpan.FromMilliseconds(10),
            },
            new CryptographicRandom());
        return new ServerLine(
            new RehearsalFactory<ITunDevice>(_serverTun), new RehearsalFactory<IUdpSocket>(_serverUdp),
            _keys is null ? new PlainTransport() : _keys.Server.Transport, table,
            _keys is null ? new PeerRegistry([new InetPrefix(s_client.Address, 32)], 1, TimeSpan.FromHours(1)) : _keys.Server.Clients,
            new DestinationPolicy([], []), new Hairpin(table, external),
            new PortMapper(table, external, isOn: false, TimeSpan.FromHours(1)), [RehearsalPackets.Gateway])
        {
            Secure = _keys?.Server,
        };
    }
}
