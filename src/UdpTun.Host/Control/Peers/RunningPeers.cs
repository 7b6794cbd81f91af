using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Settings;
using UdpTun.Host.Secure;

namespace UdpTun.Host.Control.Peers;

/// <summary>The peers of a running server, which follow their files when they are told to.</summary>
/// <param name="source">Where the files are.</param>
/// <param name="first">Those that the server was started with.</param>
/// <param name="guardian">Takes <see cref="ApplyPeers"/>.</param>
internal sealed class RunningPeers(SecureSource source, SecureSettings first, IActorRef guardian)
{
    private readonly Lock _lock = new();
    private IReadOnlyList<PeerSettings> _peers = first.Peers;

    /// <summary>All or nothing.</summary>
    /// <exception cref="Configuration.ConfigurationException">A file is wrong.</exception>
    internal PeersReloaded Reload()
    {
        lock (_lock)
        {
            var peers = source.PeersOf(first.PrivateKey);
            var before = _peers.ToDictionary(peer => peer.PublicKey);
            var same = peers.Count(peer => before.TryGetValue(peer.PublicKey, out var old) && old.Says(peer));
            var known = peers.Count(peer => before.ContainsKey(peer.PublicKey));
            guardian.Tell(new ApplyPeers(peers));
            _peers = peers;
            return new PeersReloaded(peers.Count, peers.Count - known, known - same, before.Count - known);
        }
    }
}
