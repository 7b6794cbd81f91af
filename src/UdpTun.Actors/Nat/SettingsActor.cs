// Stage: beside the line. Thread: event loop, when the line has had its turn. Memory: holds no packets.
using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Admission;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;
using UdpTun.Net.PortMapping;

namespace UdpTun.Actors.Nat;

/// <summary>
/// Changes one shard's settings while it runs. All that it changes are objects that outlive the actors, so a restarted actor goes by the
/// present settings, too.
/// </summary>
internal sealed class SettingsActor : HandlerActor
{
    private readonly LineContext _line;
    private readonly NatTable _table;
    private readonly IPeerRegistry _peers;
    private readonly IActorRef _expiry;
    private readonly DestinationPolicy? _destinations;
    private readonly PortMapper? _mapper;

    public SettingsActor(
        LineContext line, NatTable table, IPeerRegistry peers, IActorRef expiry, DestinationPolicy? destinations, PortMapper? mapper)
    {
        (_line, _table, _peers, _expiry, _destinations, _mapper) = (line, table, peers, expiry, destinations, mapper);
        Receive<ApplySettings>(OnApply);
    }

    /// <param name="line">Tells the time.</param>
    /// <param name="table">Whose policy changes.</param>
    /// <param name="peers">Who may be a client; a secure transport's peers are told by others.</param>
    /// <param name="expiry">Sweeps the table.</param>
    /// <param name="destinations">Where clients may send to; null on a line that lets nothing out.</param>
    /// <param name="mapper">Grants mappings; null where nobody can ask.</param>
    public static Props Props(
        LineContext line, NatTable table, IPeerRegistry peers, IActorRef expiry, DestinationPolicy? destinations = null, PortMapper? mapper = null) =>
        PropsOf(() => new SettingsActor(line, table, peers, expiry, destinations, mapper));

    private void OnApply(ApplySettings apply)
    {
        var (server, nat) = (apply.Settings.Server, apply.Settings.Nat);
        _table.Use(nat.PolicyFrom(_table.Policy, server.InnerRoutes), _line.Now);
        _destinations?.Allow(server.AllowedDestinations);
        _mapper?.Use(nat.NatPmp, nat.NatPmpMaxLifetime);
        (_peers as PeerRegistry)?.Use(server.AllowedClients, server.MaxClients, server.ClientIdleTimeout);
        _expiry.Tell(apply);
        Sender.Tell(new SettingsApplied([.. _table.WaitingStatics.Select(entry =>
            $"{entry.Rule}: as soon as what uses the port still has ended (flows of {entry.Holder.Inner}: {entry.Holder.Sessions})")]));
    }
}
