using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Settings;
using UdpTun.Host.Reload;
using UdpTun.Host.Secure;

namespace UdpTun.Host.Control.Peers;

/// <summary>The peers of a running server, which follow their files when they are told to.</summary>
/// <param name="configuration">Says where the files are.</param>
/// <param name="first">Those that the server was started with, and its key.</param>
/// <param name="guardian">Takes <see cref="ApplyPeers"/>.</param>
internal sealed class RunningPeers(RunningConfiguration configuration, SecureSettings first, IActorRef guardian)
{
    private readonly Lock _lock = new();
    private IReadOnlyList<PeerSettings> _peers = first.Peers;

    /// <summary>Takes the peers alone, whatever else has changed. All or nothing.</summary>
    /// <exception cref="Configuration.ConfigurationException">A file is wrong.</exception>
    internal PeersReloaded Reload() => Apply(Read(configuration.Secure));

    /// <summary>The peers as they are on the disk now. Changes nothing.</summary>
    /// <exception cref="Configuration.ConfigurationException">A file is wrong.</exception>
    internal IReadOnlyList<PeerSettings> Read(SecureSource source) => source.PeersOf(first.PrivateKey);

    internal PeersReloaded Apply(IReadOnlyList<PeerSettings> peers)
    {
        lock (_lock)
        {
            var before = _peers.ToDictionary(peer => peer.PublicKey);
            var same = peers.Count(peer => before.TryGetValue(peer.PublicKey, out var old) && old.Says(peer));
            var known = peers.Count(peer => before.ContainsKey(peer.PublicKey));
            guardian.Tell(new ApplyPeers(peers));
            _peers = peers;
            return new PeersReloaded(peers.Count, peers.Count - known, known - same, before.Count - known);
        }
    }
}
