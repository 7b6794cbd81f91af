using Akka.Actor;
using UdpTun.Actors.Lines;
using UdpTun.Actors.Peers;
using UdpTun.Actors.Routes.Shards;
using UdpTun.Actors.Settings;
using UdpTun.Actors.Tests.Fakes;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Admission;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.PortMapping;
using UdpTun.Testing.Io;
using UdpTun.Testing.Lines;
using UdpTun.Testing.Packets;
using UdpTun.Transport.Secure.Keys;
using UdpTun.Transport.Secure.Messages;

namespace UdpTun.Actors.Tests.Lines;

/// <summary>
/// A server of two shards over the secure transport and whole clients of it, one at home on each shard, joined by a wire that does what the kernel
/// would: it gives each datagram to the socket that it is for, or where the test says.
/// </summary>
internal sealed class SecureShards : IAsyncDisposable
{
    public const int Shards = 2;

    private static readonly InetEndpoint ServerAddress = SecurePair.ServerAddress;
    private static readonly ExternalAddresses Addresses = new([(TestNat.Outer, TestNat.External)]);

    private readonly CancellationTokenSource _stop = new();
    private readonly SecretKey _serverKey = SecretKey.GeneratePrivate();
    private readonly Lock _wiring = new();
    private readonly List<SecureShardsClient> _clients = [];
    private Task _wire = Task.CompletedTask;
    private LineSystem _system = null!;

    /// <summary>The socket that gets what says nothing of its shard: initiations.</summary>
    public int CallsAt { get; set; }

    /// <summary>Whether the kernel gives everything to the wrong socket.</summary>
    public bool IsAstray { get; set; }

    public SecureEnd End { get; private set; } = null!;

    public IReadOnlyList<InMemoryTunDevice> Tuns { get; private set; } = [];

    public IReadOnlyList<InMemoryUdpSocket> Sockets { get; private set; } = [];

    public IReadOnlyList<NatTable> Tables { get; private set; } = [];

    public LineSystem System => _system;

    public IActorRef Guardian => _system.Guardian;

    /// <summary>At home on the shard of its place in the list.</summary>
    public IReadOnlyList<SecureShardsClient> Clients => _clients;

    public IReadOnlyList<PeerSettings> Peers => [.. _clients.Select(client => client.AsPeer)];

    public LineContext Line(int shard) => _system.Lines[shard];

    public long HandedOver => _system.Lines.Sum(line => line.Traffic.HandedOver.Packets);

    public static async Task<SecureShards> StartAsync(int callsAt = 0)
    {
        var shards = new SecureShards { CallsAt = callsAt };
        for (var home = 0; home < Shards; home++) shards._clients.Add(new SecureShardsClient(home, $"10.61.0.{home + 2}"));
        await shards.StartServerAsync(null);
        foreach (var client in shards._clients) await client.StartAsync(shards._serverKey.ToPublic());
        shards._wire = shards.CarryAsync();
        return shards;
    }

    /// <summary>Makes one more client, which the server does not know yet.</summary>
    public async Task<SecureShardsClient> AddClientAsync(int home, string inner)
    {
        var client = new SecureShardsClient(home, inner);
        await client.StartAsync(_serverKey.ToPublic());
        lock (_wiring) _clients.Add(client);
        return client;
    }

    /// <summary>Ends the server and starts another one, which knows where the first one's peers were.</summary>
    public async Task RestartServerAsync()
    {
        await _system.DisposeAsync();
        var seen = End.Seen;
        End.Dispose();
        await StartServerAsync(seen);
    }

    /// <summary>Lets a client send to the internet, and returns its outer endpoint.</summary>
    public async Task<InetEndpoint> AskAsync(SecureShardsClient client, string text = "question")
    {
        var tun = Tuns[client.Home];
        var written = tun.WrittenCount;
        client.Tun.Arrive(PacketBuilder.Udp(client.InnerEndpoint, PacketBuilder.Endpoint("203.0.113.1:53"), global::System.Text.Encoding.ASCII.GetBytes(text)));
        await Eventually.TrueAsync(() => tun.WrittenCount == written + 1);
        return RunningServer.KeyOf(tun.Written[written].Bytes).Source;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _wire;
        foreach (var client in _clients) await client.DisposeAsync();
        await _system.DisposeAsync();
        End.Dispose();
    }

    private async Task StartServerAsync(IReadOnlyDictionary<PublicKey, InetEndpoint>? seen)
    {
        End = new SecureEnd(new SecureSettings(_serverKey, Peers), 1420, TimeProvider.System, seen, shards: Shards);
        var group = new ShardGroup(new PortSlices(new PortRange(20000, 20009), null, Shards));
        (Tuns, Tables) = ([.. Enumerable.Range(0, Shards).Select(_ => new InMemoryTunDevice())], [.. Enumerable.Range(0, Shards).Select(TableOf)]);
        InMemoryUdpSocket[] sockets = [.. Enumerable.Range(0, Shards).Select(_ => new InMemoryUdpSocket(ServerAddress))];
        _system = await LineSystem.StartShardsAsync([.. Enumerable.Range(0, Shards).Select(Line)]);
        lock (_wiring) Sockets = sockets;

        NatTable TableOf(int shard) => new(
            new NatPolicy
            {
                OuterV4 = [TestNat.Outer],
                Ports = group.Slices.Of(shard),
                Filtering = new NatFiltering(Filtering.EndpointIndependent, Filtering.EndpointIndependent),
            },
            new Random(1), shard, Shards);

        ServerLine Line(int shard) => new(
            new InMemoryDeviceFactory<InMemoryTunDevice>(_ => Tuns[shard]), new InMemoryDeviceFactory<InMemoryUdpSocket>(_ => sockets[shard]),
            End.Transports[shard], Tables[shard], End.ClientsOfShards[shard], new DestinationPolicy([], [TestNat.External]),
            new Hairpin(Tables[shard], Addresses, port => group.IsForeign(shard, port)),
            new PortMapper(Tables[shard], Addresses, true, TimeSpan.FromHours(2)), [TestNat.Gateway])
        {
            Secure = End,
            Place = (group, shard),
        };
    }

    private async Task CarryAsync()
    {
        var (steering, carried) = (ReceiverSteering.Of(Shards), new Dictionary<InMemoryUdpSocket, int>());
        while (!_stop.IsCancellationRequested)
        {
            lock (_wiring)
            {
                foreach (var client in _clients.Where(client => !client.IsCut))
                {
                    foreach (var sent in New(client.Socket))
                    {
                        var shard = steering.HomeOf(sent.Bytes) ?? CallsAt;
                        Sockets[IsAstray ? 1 - shard : shard].Arrive(client.Address, sent.Bytes);
                    }
                }

                foreach (var sent in Sockets.SelectMany(New))
                    _clients.FirstOrDefault(client => client.Address == sent.Remote)?.Socket.Arrive(ServerAddress, sent.Bytes);
            }

            await Task.Delay(1, CancellationToken.None);
        }

        List<WrittenPacket> New(InMemoryUdpSocket socket)
        {
            var first = carried.GetValueOrDefault(socket);
            List<WrittenPacket> sent = [.. socket.Sent.Skip(first)];
            carried[socket] = first + sent.Count;
            return sent;
        }
    }
}
