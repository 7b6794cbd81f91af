using System.Net;
using UdpTun.Conformance.Table;
using UdpTun.EndToEnd;

namespace UdpTun.Conformance.Lab;

/// <summary>
/// The tunnel at work between namespaces (see <see cref="TunnelTopology"/>), with two clients that bear the same inner address and an
/// internet host of two addresses. A third and a fourth address are the crafted packets' alone: no kernel answers in their place.
/// </summary>
internal sealed class Laboratory(Exit exit) : TunnelTopology(_ => { })
{
    internal static readonly IPAddress Far = InternetHost;
    internal static readonly IPAddress OtherFar = IPAddress.Parse("203.0.113.11");

    internal static readonly IPAddress Far6 = InternetHost6;
    internal static readonly IPAddress OtherFar6 = IPAddress.Parse("2001:db8::11");

    /// <summary>In the internet, seen and spoken for by the internet host's wire alone.</summary>
    internal static readonly IPAddress SilentFar = IPAddress.Parse("203.0.113.12");

    /// <summary>Inside each client, seen and spoken for by its TUN's wire alone; both clients have it.</summary>
    internal static readonly IPAddress SilentInner = IPAddress.Parse("10.61.0.99");

    /// <summary>The outer addresses under the exit routed.</summary>
    internal static readonly IPAddress[] Pool =
        [.. new[] { "203.0.113.20", "203.0.113.25", "203.0.113.40", "2001:db8::20", "2001:db8::21" }.Select(IPAddress.Parse)];

    /// <summary>In a setting: the laboratory's own folder, for laboratories run side by side.</summary>
    internal const string OwnFolder = "{folder}";

    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private static int _port = 7000;

    private string[] _clientSettings = [];
    private TunnelProcess[] _clients = [];

    internal Exit Exit { get; } = exit;

    internal TunnelProcess ServerProcess { get; private set; } = null!;

    /// <summary>What the server said before it gave up; null while it runs.</summary>
    internal string? Complaint => ServerLaunched is { HasExited: true } ended ? ended.Log.Split('\n')[^1] : null;

    private TunnelProcess? ServerLaunched { get; set; }

    internal IReadOnlyList<string> ServerSettings { get; private set; } = [];

    /// <summary>Where clients may come out.</summary>
    internal bool IsOuter(IPAddress address) =>
        Exit == Exit.Routed ? Pool.Contains(address) : ServerOnInternet.Equals(address) || ServerOnInternet6.Equals(address);

    internal async Task Start(IReadOnlyList<string> server, IReadOnlyList<string> client)
    {
        Internet.Ip($"addr add {OtherFar}/24 dev eth0", $"addr add {SilentFar}/24 dev eth0", $"addr add {OtherFar6}/64 dev eth0 nodad");
        // The topology has no link-local addresses; neighbours of a router whose packets bear others' sources ask from one (RFC 4861).
        Internet.Ip("addr add fe80::10/64 dev eth0 nodad");
        Server.Ip("addr add fe80::1/64 dev wan0 nodad");
        Internet.Run("nft", $"add table ip lab; add chain ip lab in {{ type filter hook input priority 0; }}; "
            + $"add rule ip lab in ip daddr {SilentFar} drop");
        ServerSettings = server;
        await StartServerAgain();
        _clientSettings = ["client.routes=203.0.113.0/24,2001:db8::/64", .. client];
        _clients = [.. await Task.WhenAll(Enumerable.Range(1, Clients.Count).Select(number => StartClient(number, Set(_clientSettings))))];
    }

    /// <summary>Stops client <paramref name="number"/> and starts it anew with another address of the server.</summary>
    internal async Task RestartClient(int number, string server)
    {
        await _clients[number - 1].Stop();
        _clients[number - 1] = await StartClient(number, server, Set(_clientSettings));
    }

    internal async Task StartServerAgain()
    {
        string[] pool = Exit == Exit.Routed ? [$"server.routed-addresses={string.Join<IPAddress>(',', Pool)}"] : [];
        ServerLaunched = Launch(
            Server, ["--role", "server", .. Plain, "--exit", Exit.Name(), .. OneShard, .. Set([.. pool, .. ServerSettings])]);
        await ServerLaunched.UntilReady();
        ServerProcess = ServerLaunched;
    }

    /// <summary>A port of the internet that no other row uses, so that no earlier session is met.</summary>
    internal static int FreshPort() => Interlocked.Increment(ref _port);

    internal ProbeSocket ClientUdp(int client, int port = 0) => new(Clients[client].OpenUdp(new IPEndPoint(IPAddress.Any, port)));

    internal ProbeSocket FarUdp(IPAddress? address = null, int? port = null) =>
        new(Internet.OpenUdp(new IPEndPoint(address ?? Far, port ?? FreshPort())));

    /// <summary>Sends a datagram from a client to a fresh port of the internet host and tells where it came from there.</summary>
    internal IPEndPoint? OuterOf(ProbeSocket client, IPAddress? far = null)
    {
        using var remote = FarUdp(far);
        client.Send([1], remote.Local);
        return remote.Receive(Patience)?.From;
    }

    private IEnumerable<string> Set(IEnumerable<string> settings) => settings.SelectMany(setting =>
        new[] { "--set", $"udptun.{setting.Replace(OwnFolder, StateDirectory, StringComparison.Ordinal)}" });
}
