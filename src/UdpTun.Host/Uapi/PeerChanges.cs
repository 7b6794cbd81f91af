using UdpTun.Actors.Messages;
using UdpTun.Actors.Settings;
using UdpTun.Net.Flows;
using UdpTun.Transport.Secure.Keys;
using UdpTun.Transport.Uapi;

namespace UdpTun.Host.Uapi;

/// <summary>What a request makes of the peers there are. A network belongs to whom it was given last (wg(8), allowed-ips).</summary>
internal sealed class PeerChanges
{
    // What wg shows of a key where there is no room for all of it.
    private const int NameLength = 8;

    private readonly PublicKey _own;
    private readonly List<PeerSettings> _peers;

    private PeerChanges(PublicKey own, IEnumerable<PeerSettings> peers) => (_own, _peers) = (own, [.. peers]);

    /// <param name="own">Our own key; a peer of that key is nobody and left out.</param>
    /// <param name="peers">As they are.</param>
    /// <param name="change">What is asked for.</param>
    internal static ApplyPeers Apply(PublicKey own, IReadOnlyList<PeerSettings> peers, InterfaceChange change)
    {
        var changes = new PeerChanges(own, change.ReplacesPeers ? [] : peers);
        foreach (var peer in change.Peers) changes.Apply(peer);
        return new ApplyPeers(changes._peers)
        {
            // Who sets an endpoint means the next datagram, also when the peer had it before it moved. The last one set counts.
            Located = change.Peers.Where(peer => peer.Endpoint is not null)
                .GroupBy(peer => peer.PublicKey).ToDictionary(one => one.Key, one => one.Last().Endpoint!.Value),
        };
    }

    private void Apply(PeerChange change)
    {
        var at = _peers.FindIndex(peer => peer.PublicKey.Equals(change.PublicKey));
        if (change.Removes)
        {
            if (at >= 0) _peers.RemoveAt(at);
            return;
        }

        if (at < 0)
        {
            if (change.UpdatesOnly || change.PublicKey.Equals(_own)) return;
            _peers.Add(new PeerSettings(change.PublicKey.ToString()[..NameLength], change.PublicKey, null, [], [], null));
            at = _peers.Count - 1;
        }

        var allowed = Networks(change, change.ReplacesAllowedIps ? [] : _peers[at].AllowedIps);
        TakeFromOthers(at, allowed);
        _peers[at] = Change(_peers[at], change) with { AllowedIps = allowed };
    }

    private static PeerSettings Change(PeerSettings peer, PeerChange change) => peer with
    {
        PresharedKey = change.PresharedKey is null ? peer.PresharedKey : IsZero(change.PresharedKey) ? null : change.PresharedKey,
        Endpoints = change.Endpoint is { } endpoint ? [new ServerEndpoint(endpoint.Address.ToString(), endpoint.Port)] : peer.Endpoints,
        PersistentKeepalive = change.PersistentKeepalive switch
        {
            null => peer.PersistentKeepalive,
            0 => null,
            var seconds => TimeSpan.FromSeconds(seconds.Value),
        },
    };

    private static List<InetPrefix> Networks(PeerChange change, IReadOnlyList<InetPrefix> before)
    {
        List<InetPrefix> networks = [.. before];
        foreach (var (network, removes) in change.AllowedIps.Select(ip => (ip.Network.ToNetwork(), ip.Removes)))
        {
            networks.RemoveAll(other => other.ToNetwork() == network);
            if (!removes) networks.Add(network);
        }

        return networks;
    }

    private void TakeFromOthers(int owner, List<InetPrefix> networks)
    {
        var owned = networks.Select(network => network.ToNetwork()).ToHashSet();
        for (var i = 0; i < _peers.Count; i++)
        {
            if (i == owner || !_peers[i].AllowedIps.Any(network => owned.Contains(network.ToNetwork()))) continue;
            _peers[i] = _peers[i] with { AllowedIps = [.. _peers[i].AllowedIps.Where(network => !owned.Contains(network.ToNetwork()))] };
        }
    }

    private static bool IsZero(SecretKey key) => !key.Span.ContainsAnyExcept((byte)0);
}
