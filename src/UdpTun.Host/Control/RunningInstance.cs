using Akka.Actor;
using UdpTun.Actors.Events;
using UdpTun.Actors.Settings;
using UdpTun.Actors.Tunnel;
using UdpTun.Host.Control.Peers;
using UdpTun.Host.Reload;
using UdpTun.Host.Roles;
using UdpTun.Linux.HostSetup;

namespace UdpTun.Host.Control;

/// <summary>The run that the control API speaks for.</summary>
/// <param name="Place">Its name and where its socket is.</param>
/// <param name="About">What the role says of itself.</param>
/// <param name="Configuration">What it goes by.</param>
/// <param name="Shards">Its lines: their counters may be read from any thread.</param>
/// <param name="Guardian">Whom to ask for everything else.</param>
/// <param name="StartedAt">When it began to prepare the host.</param>
/// <param name="Events">What happens to its flows and peers.</param>
internal sealed record RunningInstance(
    InstancePlace Place, RoleDescription About, RunningConfiguration Configuration, IReadOnlyList<Shard> Shards, IActorRef Guardian,
    DateTimeOffset StartedAt, TunnelEvents Events)
{
    /// <summary>What it goes by at present.</summary>
    public TunnelSettings Settings => Configuration.Settings;

    /// <summary>Takes what has changed in the configuration.</summary>
    public required Reloader Reloader { get; init; }

    /// <summary>Whom a server of the secure transport lets in, or a client's server; null elsewhere.</summary>
    public RunningPeers? Peers { get; init; }

    /// <summary>Where its live page is, while it is open; may be asked from any thread.</summary>
    public Func<Uri?> PageAddress { get; init; } = () => null;

    /// <summary>How long an actor may take to answer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <exception cref="AskTimeoutException">Nobody has answered in time; the control server says so with status 504.</exception>
    public Task<T> Ask<T>(object query, CancellationToken stop) => Guardian.Ask<T>(query, Patience, stop);
}
