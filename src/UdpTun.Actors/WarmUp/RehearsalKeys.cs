using UdpTun.Actors.Peers;
using UdpTun.Actors.Settings;
using UdpTun.Net.Flows;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Actors.WarmUp;

/// <summary>The two ends of a rehearsal's secure transport, which know each other by keys that live as long as it.</summary>
internal sealed class RehearsalKeys : IDisposable
{
    private const int Mtu = 1420;

    /// <param name="server">Where the client finds the server.</param>
    /// <param name="inner">The client's inner addresses.</param>
    public RehearsalKeys(InetEndpoint server, IEnumerable<InetAddress> inner)
    {
        var (clientKey, serverKey, shared) = (SecretKey.GeneratePrivate(), SecretKey.GeneratePrivate(), SecretKey.GeneratePreshared());
        InetPrefix[] own = [.. inner.Select(address => new InetPrefix(address, address.IsV4 ? 32 : 128))];
        var client = new PeerSettings("client", clientKey.ToPublic(), shared, own, [], null);
        Server = new SecureEnd(new SecureSettings(serverKey, [client]), Mtu, TimeProvider.System);
        // Known from the beginning: packets would be dropped while it is being looked for.
        var seen = new Dictionary<PublicKey, InetEndpoint> { [serverKey.ToPublic()] = server };
        var asPeer = new PeerSettings("server", serverKey.ToPublic(), shared, PeerSettings.Everything, [new ServerEndpoint("rehearsal", server.Port)], null);
        Client = new SecureEnd(new SecureSettings(clientKey, [asPeer]), Mtu, TimeProvider.System, seen)
        {
            CallsAtOnce = true,
            Resolve = _ => Task.FromResult<IReadOnlyList<InetEndpoint>>([server]),
        };
    }

    public SecureEnd Client { get; }

    public SecureEnd Server { get; }

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
    }
}
