using UdpTun.Actors.Lines;
using UdpTun.Actors.Peers;
using UdpTun.Actors.Settings;
using UdpTun.Actors.Tests.Fakes;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Flows;
using UdpTun.Testing.Io;
using UdpTun.Testing.Lines;
using UdpTun.Testing.Packets;
using UdpTun.Transport.Secure;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Actors.Tests.Lines;

/// <summary>A client's and a server's whole tree over the secure transport, their sockets joined by a wire that the test may cut.</summary>
internal sealed class SecurePair : IAsyncDisposable
{
    public static readonly InetEndpoint ServerAddress = PacketBuilder.Endpoint("198.51.100.1:9877");

    private readonly SecretKey _clientKey = SecretKey.GeneratePrivate(), _serverKey = SecretKey.GeneratePrivate();
    private readonly CancellationTokenSource _stop = new();
    private readonly TestNat _nat = new();
    private readonly ProtocolTimes _times;
    private Task _wire = Task.CompletedTask;
    private LineSystem _client = null!, _server = null!;

    private SecurePair(ProtocolTimes times) => _times = times;

    public InMemoryTunDevice ClientTun { get; } = new();

    public InMemoryUdpSocket ClientSocket { get; } = new(default);

    public InMemoryTunDevice ServerTun { get; private set; } = new();

    public InMemoryUdpSocket ServerSocket { get; private set; } = new(ServerAddress);

    /// <summary>Where the client's datagrams seem to come from.</summary>
    public InetEndpoint ClientAddress { get; set; } = PacketBuilder.Endpoint("10.9.0.1:40000");

    /// <summary>The wire carries nothing more of the client's; the test takes it from <see cref="ClientSocket"/>.</summary>
    public bool IsCut { get; set; }

    public SecureEnd ClientEnd { get; private set; } = null!;

    public SecureEnd ServerEnd { get; private set; } = null!;

    public LineContext ServerLine => _server.Line;

    public LineContext ClientLine => _client.Line;

    /// <summary>The client's control half.</summary>
    public Task<Akka.Actor.IActorRef> ClientPeersAsync() => _client.PartAsync("peers");

    public LineSystem Client => _client;

    public LineSystem Server => _server;

    public Akka.Actor.IActorRef ServerGuardian => _server.Guardian;

    public static async Task<SecurePair> StartAsync(ProtocolTimes? times = null, bool isCut = false)
    {
        var pair = new SecurePair(times ?? ProtocolTimes.Standard) { IsCut = isCut };
        await pair.StartServerAsync(null);
        var server = new PeerSettings("server", pair._serverKey.ToPublic(), null, PeerSettings.Everything, [ServerEndpoint.Parse("198.51.100.1:9877")!], null);
        pair.ClientEnd = new SecureEnd(new SecureSettings(pair._clientKey, [server]) { Times = pair._times }, 1420, TimeProvider.System);
        pair._client = await LineSystem.StartAsync(new PeerLine(
            new InMemoryDeviceFactory<InMemoryTunDevice>(_ => pair.ClientTun), new InMemoryDeviceFactory<InMemoryUdpSocket>(_ => pair.ClientSocket),
            pair.ClientEnd));
        pair._wire = pair.CarryAsync();
        await Eventually.TrueAsync(() => pair.ClientEnd.Transport.Peers.Sessions.Single().Endpoint is not null);
        return pair;
    }

    /// <summary>Ends the server and starts another one, which knows where the first one's peers were.</summary>
    public async Task RestartServerAsync()
    {
        await _server.DisposeAsync();
        var seen = ServerEnd.Seen;
        ServerEnd.Dispose();
        (ServerTun, ServerSocket) = (new InMemoryTunDevice(), new InMemoryUdpSocket(ServerAddress));
        await StartServerAsync(seen);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _wire;
        await _client.DisposeAsync();
        await _server.DisposeAsync();
        ClientEnd.Dispose();
        ServerEnd.Dispose();
    }

    private async Task StartServerAsync(IReadOnlyDictionary<PublicKey, InetEndpoint>? seen)
    {
        var client = new PeerSettings("client", _clientKey.ToPublic(), null, [InetPrefix.Parse("10.61.0.2/32")], [], null);
        ServerEnd = new SecureEnd(new SecureSettings(_serverKey, [client]) { Times = _times }, 1420, TimeProvider.System, seen);
        _server = await LineSystem.StartAsync(new ServerLine(
            new InMemoryDeviceFactory<InMemoryTunDevice>(_ => ServerTun), new InMemoryDeviceFactory<InMemoryUdpSocket>(_ => ServerSocket),
            ServerEnd.Transport, _nat.Table, ServerEnd.Clients, _nat.Destinations, _nat.Hairpin, _nat.PortMapper, [TestNat.Gateway])
        {
            Secure = ServerEnd,
        });
        await Eventually.TrueAsync(() => ServerEnd.IsOpen(0));
    }

    private async Task CarryAsync()
    {
        var (fromClient, fromServer) = (0, 0);
        var server = ServerSocket;
        while (!_stop.IsCancellationRequested)
        {
            if (server != ServerSocket) (server, fromServer) = (ServerSocket, 0);
            if (!IsCut) Carry(ClientSocket.Sent, ref fromClient, ServerAddress, sent => server.Arrive(ClientAddress, sent));
            Carry(server.Sent, ref fromServer, ClientAddress, sent => ClientSocket.Arrive(ServerAddress, sent));
            await Task.Delay(1, CancellationToken.None);
        }
    }

    private static void Carry(IReadOnlyList<WrittenPacket> sent, ref int carried, InetEndpoint to, Action<byte[]> arrive)
    {
        for (; carried < sent.Count; carried++)
            if (sent[carried].Remote == to) arrive(sent[carried].Bytes);
    }
}
