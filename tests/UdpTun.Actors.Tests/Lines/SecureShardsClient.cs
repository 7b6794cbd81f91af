using UdpTun.Actors.Lines;
using UdpTun.Actors.Peers;
using UdpTun.Actors.Settings;
using UdpTun.Net.Flows;
using UdpTun.Testing.Io;
using UdpTun.Testing.Lines;
using UdpTun.Testing.Packets;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Actors.Tests.Lines;

/// <summary>A client's whole tree, with a key that has its home on the shard that the test wants.</summary>
internal sealed class SecureShardsClient(int home, string inner) : IAsyncDisposable
{
    private readonly SecretKey _key = KeyAtHome(home);
    private LineSystem _system = null!;
    private SecureEnd _end = null!;

    public int Home => home;

    public InetEndpoint InnerEndpoint { get; } = PacketBuilder.Endpoint($"{inner}:5000");

    public InMemoryTunDevice Tun { get; } = new();

    public InMemoryUdpSocket Socket { get; } = new(default);

    /// <summary>Where its datagrams seem to come from.</summary>
    public InetEndpoint Address { get; set; } = PacketBuilder.Endpoint($"{inner.Replace("10.61.", "10.9.", StringComparison.Ordinal)}:40000");

    /// <summary>The wire carries nothing more of its datagrams; the test takes them from <see cref="Socket"/>.</summary>
    public bool IsCut { get; set; }

    /// <summary>When it last had new keys.</summary>
    public TimeSpan? Confirmed => _end.Transport.Peers.Sessions.Single().Stamps.Confirmed;

    public PublicKey Key => _key.ToPublic();

    public PeerSettings AsPeer => new($"client {inner}", Key, null, [InetPrefix.Parse($"{inner}/32")], [], null);

    public async Task StartAsync(PublicKey server)
    {
        var peer = new PeerSettings("server", server, null, PeerSettings.Everything, [ServerEndpoint.Parse("198.51.100.1:9877")!], null);
        _end = new SecureEnd(new SecureSettings(_key, [peer]), 1420, TimeProvider.System);
        _system = await LineSystem.StartAsync(new PeerLine(
            new InMemoryDeviceFactory<InMemoryTunDevice>(_ => Tun), new InMemoryDeviceFactory<InMemoryUdpSocket>(_ => Socket), _end));
        await Eventually.TrueAsync(() => _end.Transport.Peers.Sessions.Single().Endpoint is not null);
    }

    public async ValueTask DisposeAsync()
    {
        await _system.DisposeAsync();
        _end.Dispose();
    }

    private static SecretKey KeyAtHome(int home)
    {
        while (true)
        {
            var key = SecretKey.GeneratePrivate();
            if (key.ToPublic().Span[0] % SecureShards.Shards == home) return key;
            key.Dispose();
        }
    }
}
