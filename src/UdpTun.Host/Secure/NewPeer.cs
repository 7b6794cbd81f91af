using UdpTun.Actors.Settings;
using UdpTun.Net.Flows;
using UdpTun.Net.Peers;
using UdpTun.Transport.Conf;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Host.Secure;

/// <summary>A peer that is being made: both its ends, which share the preshared key. Its private key is in its own end alone.</summary>
/// <param name="Name">What the server calls it.</param>
/// <param name="PrivateKey">The peer's.</param>
/// <param name="PresharedKey">The peer's and the server's.</param>
/// <param name="Addresses">The peer's inner addresses, each as a range of one.</param>
internal sealed record NewPeer(string Name, SecretKey PrivateKey, SecretKey PresharedKey, IReadOnlyList<InetPrefix> Addresses)
{
    // What most NATs forget UDP after is 30 s; the apps' own advice is 25. A peer that is only a client needs it to be reached at any time.
    private const ushort Keepalive = 25;

    /// <summary>With new keys, and the lowest addresses of the settings' ranges that are free; one of each family as far as there are any.</summary>
    internal static NewPeer Make(string name, TunnelSettings settings, IReadOnlyList<PeerSettings> others)
    {
        List<InetPrefix> taken = [.. others.SelectMany(peer => peer.AllowedIps), .. OwnAddresses(settings).Select(Single)];
        var addresses = settings.SecureFiles.NewPeer.Addresses.Select(range => InnerAddresses.FirstFree(range, taken)).OfType<InetAddress>();
        return new NewPeer(name, SecretKey.GeneratePrivate(), SecretKey.GeneratePreshared(), [.. addresses.Select(Single)]);
    }

    /// <summary>The server's file about the peer.</summary>
    internal string ToServerFile() =>
        $"""
        # The peer {Name} of this server; reference.conf (udptun.secure.peer) tells what else may stand here.
        public-key = "{PrivateKey.ToPublic()}"
        preshared-key = "{PresharedKey.Reveal()}"
        allowed-ips = [{string.Join(", ", Addresses.Select(address => $"\"{address}\""))}]

        """;

    /// <summary>The peer's whole configuration.</summary>
    /// <param name="server">The server's public key.</param>
    /// <param name="endpoint">Where the server is.</param>
    /// <param name="nameServers">Whom the peer asks for names.</param>
    internal QuickConf ToConf(PublicKey server, ServerEndpoint endpoint, IReadOnlyList<InetAddress> nameServers) => new(
        new ConfInterface { PrivateKey = PrivateKey, Addresses = Addresses, NameServers = nameServers },
        [
            new ConfPeer
            {
                PublicKey = server,
                PresharedKey = PresharedKey,
                AllowedIps = PeerSettings.Everything,
                Endpoint = new ConfEndpoint(endpoint.Host, endpoint.Port),
                PersistentKeepalive = Keepalive,
            },
        ]);

    private static InetPrefix Single(InetAddress address) => new(address, address.IsV4 ? 32 : 128);

    private static IEnumerable<InetAddress> OwnAddresses(TunnelSettings settings) =>
        new[] { settings.Server.Address.Address, settings.Nat.Address, settings.Server.Address6?.Address, settings.Nat.Address6 }.OfType<InetAddress>();
}
