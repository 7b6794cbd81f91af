using UdpTun.Actors.Settings;
using UdpTun.Host.Cli;
using UdpTun.Host.Secure;
using UdpTun.Linux.HostSetup.Inspection;
using UdpTun.Net.Flows;

namespace UdpTun.Host.Verbs.Doctor;

/// <summary>What the doctor looks at: a role with its settings on this host.</summary>
/// <param name="Role">Server or client.</param>
/// <param name="Settings">What it is started with.</param>
/// <param name="Host">The host.</param>
internal sealed record Patient(Role Role, TunnelSettings Settings, HostInspection Host)
{
    /// <summary>Where its keys and peers are.</summary>
    public required SecureSource Secure { get; init; }

    /// <summary>What its datagrams are: of the running instance, else what the settings say.</summary>
    public TransportKind Transport { get; init; } = Settings.Transport;

    /// <summary>Whether an instance of the role runs here now.</summary>
    public bool IsRunning { get; init; }

    /// <summary>Where the running client's server is; null: none runs.</summary>
    public ServerEndpoint? ServerOfRunning { get; init; }

    /// <summary>Why the running client has no session with its server; empty: it has one; null: none runs, or in plain mode.</summary>
    public string? NoSession { get; init; }

    /// <summary>What the running instance says the internet sees of its NAT; null: none runs.</summary>
    public string? NatClass { get; init; }

    /// <summary>The address that a client pings inside the tunnel.</summary>
    public required InetAddress Gateway { get; init; }

    /// <summary>STUN servers, one or two; none: the NAT class is not tried from here.</summary>
    public IReadOnlyList<InetEndpoint> StunServers { get; init; } = [];

    public bool IsServer => Role is Role.Server;

    /// <summary>The TUN's name.</summary>
    public string Device => Settings.Tun.Name.Length > 0 ? Settings.Tun.Name : IsServer ? "servertun" : "clienttun";

    /// <summary>Whether the server passes packets on by the kernel.</summary>
    public bool Forwards => IsServer && Settings.Server.Exit != ExitKind.Echo;
}
