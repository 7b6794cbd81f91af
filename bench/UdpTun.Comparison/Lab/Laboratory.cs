using UdpTun.EndToEnd;

namespace UdpTun.Comparison.Lab;

/// <summary>Three namespaces of one contender's own, and the processes of its tunnel.</summary>
internal sealed class Laboratory() : TunnelTopology(_ => { })
{
    /// <summary>Bytes of the longest packet inside every tunnel.</summary>
    public const int Mtu = 1420;

    /// <summary>The addresses inside the tunnels that have no NAT of their own; .1 is the server.</summary>
    public const string Inner = "10.66.0.0/24";

    private readonly List<TunnelProcess> _tunnel = [];

    /// <summary>As a user's.</summary>
    protected override IReadOnlyList<string> WarmUp { get; } = [];

    /// <summary>The tunnel's processes, both ends.</summary>
    public IReadOnlyList<TunnelProcess> Processes => _tunnel;

    /// <summary>Starts one end of the tunnel.</summary>
    public void Tunnel(NetworkNamespace host, params IEnumerable<string> command) => Keep(LaunchForeign(host, command));

    /// <summary>Counts a process as one of the tunnel's.</summary>
    public void Keep(TunnelProcess process) => _tunnel.Add(process);

    public async Task UntilThere(string serverDevice, string clientDevice)
    {
        await UntilThere(Server, serverDevice);
        await UntilThere(Client, clientDevice);
    }

    public async Task UntilThere(NetworkNamespace host, string device)
    {
        await Eventually.Holds($"{device} is there", TunnelProcess.StartLimit, () =>
        {
            if (_tunnel.FirstOrDefault(process => process.HasExited) is { } ended)
                throw new InvalidOperationException($"{ended.Name} ended: {ended.Log} {ended.Output}");
            return host.Try("ip", "link", "show", "dev", device).ExitCode == 0;
        });
    }

    /// <summary>Gives the ends of a tunnel their addresses, the client its route and the server its masquerade.</summary>
    public void Address(string serverDevice, string clientDevice)
    {
        Server.Ip($"addr add 10.66.0.1/24 dev {serverDevice}", $"link set {serverDevice} mtu {Mtu} txqueuelen 1000 up");
        Client.Ip($"addr add 10.66.0.2/24 dev {clientDevice}", $"link set {clientDevice} mtu {Mtu} txqueuelen 1000 up");
        Client.Ip($"route add 203.0.113.0/24 via 10.66.0.1 dev {clientDevice}");
        Masquerade(Inner);
    }

    /// <summary>Lets the server's kernel forward and masquerade, for tunnels without a NAT of their own.</summary>
    public void Masquerade(string sources)
    {
        Server.Run("sysctl", "-qw", "net.ipv4.ip_forward=1");
        Server.Run("nft", "add table ip exit; add chain ip exit out { type nat hook postrouting priority 100; }; "
            + $"add rule ip exit out ip saddr {sources} oifname wan0 masquerade");
    }

    /// <summary>Waits until the internet answers through the tunnel.</summary>
    public Task UntilAnswered() => Eventually.Holds("the internet answers", TimeSpan.FromSeconds(60),
        () => Client.Try("ping", "-c1", "-W1", $"{InternetHost}").ExitCode == 0);
}
