using System.Net;

namespace UdpTun.EndToEnd;

/// <summary>
/// The world that the tunnel is tried in, made of namespaces whose names carry the process id:
/// <code>
///   client 1                      server                                 internet
///   up0 10.77.1.2/24 ---------- lan1 10.77.1.1/24    wan0 203.0.113.1/24 ---------- eth0 203.0.113.10/24
///       fd77:1::2/64                 fd77:1::1/64         2001:db8::1/64                 2001:db8::10/64
///   client 2                         10.77.0.1/32 on lo
///   up0 10.77.2.2/24 ---------- lan2 10.77.2.1/24
/// </code>
/// A client knows only its own link, so nothing but the tunnel leads it to the internet; the internet host knows only its own
/// link, so it can answer nothing but the server's addresses there. The server's default routes go to the internet host.
/// </summary>
internal class TunnelTopology : IAsyncDisposable
{
    internal static readonly IPAddress InternetHost = IPAddress.Parse("203.0.113.10");
    internal static readonly IPAddress ServerOnInternet = IPAddress.Parse("203.0.113.1");
    internal static readonly IPAddress InternetHost6 = IPAddress.Parse("2001:db8::10");
    internal static readonly IPAddress ServerOnInternet6 = IPAddress.Parse("2001:db8::1");
    internal static readonly IPAddress InnerClient = IPAddress.Parse("10.61.0.2");
    internal static readonly IPAddress Gateway = IPAddress.Parse("192.168.61.1");

    /// <summary>
    /// An address of the server that a client reaches only over a default route of its own (see <see cref="GiveClientDefaultRoute"/>).
    /// </summary>
    internal static readonly IPAddress DistantServer = IPAddress.Parse("10.77.0.1");

    /// <summary>
    /// What makes a server or client speak the article's plain datagrams, which most tests are content with: they are about what lies behind.
    /// </summary>
    internal static readonly string[] Plain = ["--transport", "plain"];

    /// <summary>Unless a test says otherwise it sees the same server on every machine, however many cores that has.</summary>
    internal static readonly string[] OneShard = ["--set", "udptun.shards=1"];

    private static int _made;

    private readonly Action<string> _tell;
    private readonly List<NetworkNamespace> _hosts = [];
    private readonly List<TunnelProcess> _processes = [];
    private readonly List<IDisposable> _services = [];

    /// <param name="tell">Takes what each process said, when the topology is taken down.</param>
    internal TunnelTopology(Action<string> tell)
    {
        _tell = tell;
        Number = Interlocked.Increment(ref _made);
        StateDirectory = Directory.CreateTempSubdirectory($"udptun-e2e-{Environment.ProcessId}-{Number}-").FullName;
        Server = Host("server");
        Internet = Host("internet");
        Clients = [Host("client1"), Host("client2")];

        try
        {
            Wire();
        }
        catch
        {
            foreach (var host in _hosts) host.Dispose();
            throw;
        }

        NetworkNamespace Host(string name)
        {
            var host = new NetworkNamespace(NamespaceSupport.NameFor(Number, name));
            _hosts.Add(host);
            return host;
        }
    }

    /// <summary>No other topology of this process has it.</summary>
    internal int Number { get; }

    internal NetworkNamespace Server { get; }

    internal NetworkNamespace Internet { get; }

    internal IReadOnlyList<NetworkNamespace> Clients { get; }

    internal NetworkNamespace Client => Clients[0];

    internal string StateDirectory { get; }

    /// <summary>Tests start hundreds of tunnels and are about none's first second.</summary>
    protected virtual IReadOnlyList<string> WarmUp { get; } = ["--set", "udptun.line.warm-up=short"];

    /// <summary>What every server and client is started with besides its own arguments.</summary>
    internal IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Starts the server and a client with a route to the internet's prefix, and waits until both are ready.</summary>
    internal async Task<(TunnelProcess Server, TunnelProcess Client)> StartTunnel(params string[] serverArguments) =>
        (await StartServer(serverArguments), await StartClient(1, "--route", "203.0.113.0/24"));

    internal Task<TunnelProcess> StartServer(params IEnumerable<string> arguments) => StartServer("masquerade", arguments);

    internal Task<TunnelProcess> StartServer(string exit, IEnumerable<string> arguments) =>
        UntilReady(Launch(Server, ["--role", "server", .. Plain, "--exit", exit, .. OneShard, .. Arguments, .. arguments]));

    /// <summary>Starts client <paramref name="number"/> (1 or 2) with its own link's address of the server.</summary>
    internal Task<TunnelProcess> StartClient(int number, params IEnumerable<string> arguments) =>
        StartClient(number, $"10.77.{number}.1", arguments);

    internal Task<TunnelProcess> StartClient(int number, string server, IEnumerable<string> arguments) =>
        UntilReady(Launch(
            Clients[number - 1], ["--role", "client", .. Plain, "--server", server, .. Arguments, .. arguments]));

    /// <summary>Starts <c>udptun</c> with this topology's state directory and waits for nothing.</summary>
    internal TunnelProcess Launch(NetworkNamespace host, params IEnumerable<string> arguments) =>
        Keep(TunnelProcess.Start(host, [.. arguments, .. arguments.Contains("--role") ? WarmUp : [], "--state-directory", StateDirectory]));

    internal TunnelProcess LaunchForeign(NetworkNamespace host, params IEnumerable<string> command) =>
        Keep(TunnelProcess.StartForeign(host, command));

    /// <summary>Ends <paramref name="service"/> with the topology.</summary>
    internal T Use<T>(T service) where T : IDisposable
    {
        _services.Add(service);
        return service;
    }

    /// <summary>Gives client 1 a way to everywhere over its own link: the network that a full tunnel must win against.</summary>
    internal void GiveClientDefaultRoute() => Client.Ip("route add default via 10.77.1.1", "route add default via fd77:1::1");

    public async ValueTask DisposeAsync()
    {
        try
        {
            foreach (var process in Enumerable.Reverse(_processes)) await process.DisposeAsync();
            foreach (var service in _services) service.Dispose();
            foreach (var host in _hosts) host.Dispose();
            Directory.Delete(StateDirectory, recursive: true);
        }
        finally
        {
            // Also of a process that does not end.
            foreach (var process in _processes) _tell($"===== {process.CommandLine}\n{process.Output}\n{process.Log}\n");
        }
    }

    // No link-local addresses and no duplicate detection: what a snapshot shows stays the same while it is compared.
    private void Wire()
    {
        Command.Run(
            $"""
            link add wan0 netns {Server.Name} type veth peer name eth0 netns {Internet.Name}
            link add lan1 netns {Server.Name} type veth peer name up0 netns {Clients[0].Name}
            link add lan2 netns {Server.Name} type veth peer name up0 netns {Clients[1].Name}

            """,
            ["ip", "-batch", "-"]);
        Server.Ip(
            [
                "link set lo up", "addr add 10.77.0.1/32 dev lo",
                .. Up("wan0", "203.0.113.1/24", "2001:db8::1/64"),
                .. Up("lan1", "10.77.1.1/24", "fd77:1::1/64"),
                .. Up("lan2", "10.77.2.1/24", "fd77:2::1/64"),
                "route add default via 203.0.113.10", "route add default via 2001:db8::10",
            ]);
        Internet.Ip(["link set lo up", .. Up("eth0", "203.0.113.10/24", "2001:db8::10/64")]);
        Clients[0].Ip(["link set lo up", .. Up("up0", "10.77.1.2/24", "fd77:1::2/64")]);
        Clients[1].Ip(["link set lo up", .. Up("up0", "10.77.2.2/24", "fd77:2::2/64")]);
    }

    private static string[] Up(string link, string address, string address6) =>
    [
        $"link set {link} addrgenmode none", $"addr add {address} dev {link}", $"addr add {address6} dev {link} nodad", $"link set {link} up",
    ];

    private static async Task<TunnelProcess> UntilReady(TunnelProcess process)
    {
        await process.UntilReady();
        return process;
    }

    private TunnelProcess Keep(TunnelProcess process)
    {
        _processes.Add(process);
        return process;
    }
}
