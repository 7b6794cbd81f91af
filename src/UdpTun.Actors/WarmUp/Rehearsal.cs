using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using UdpTun.Actors.EventLoop;
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
/// first packets need is then compiled. The actor system is one of its own and logs nothing.
/// </summary>
public sealed class Rehearsal
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

    private Rehearsal()
    {
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
    public static async Task<bool> RunAsync(IPoller poller)
    {
        using var loop = new EventLoop.EventLoop(poller, "udptun-rehearse");
        var quiet = ConfigurationFactory.ParseString("akka { loglevel = OFF, stdout-loglevel = OFF, loggers = [] }\n" + LoopDispatchers.Hocon);
        var setup = ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(quiet), new EventLoopSetup(loop));
        var system = ActorSystem.Create("rehearsal", setup);
        try
        {
            return await new Rehearsal().PlayAsync(system);
        }
        finally
        {
            await system.Terminate();
        }
    }

    private async Task<bool> PlayAsync(ActorSystem system)
    {
        Start(system, "server", ServerLine());
        Start(system, "client", new ClientLine(
            new RehearsalFactory<ITunDevice>(_clientTun), new RehearsalFactory<IUdpSocket>(_clientUdp), new PlainTransport(), s_server));
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
            new RehearsalFactory<ITunDevice>(_serverTun), new RehearsalFactory<IUdpSocket>(_serverUdp), new PlainTransport(), table,
            new PeerRegistry([new InetPrefix(s_client.Address, 32)], 1, TimeSpan.FromHours(1)), new DestinationPolicy([], []), new Hairpin(table, external),
            new PortMapper(table, external, isOn: false, TimeSpan.FromHours(1)), [RehearsalPackets.Gateway]);
    }
}
