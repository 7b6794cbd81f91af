using Akka.Actor;
using Microsoft.AspNetCore.Http;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Settings;
using UdpTun.Host.Configuration;
using UdpTun.Host.Reload;
using UdpTun.Host.Secure;

namespace UdpTun.Host.Control.Peers;

/// <summary>The peers of a running server, or the one of a client, which follow their files when they are told to.</summary>
/// <param name="configuration">Says where the files are.</param>
/// <param name="first">Those that it was started with, and its key.</param>
/// <param name="guardian">Takes <see cref="ApplyPeers"/> and its kin.</param>
/// <param name="saveQuotas">Writes down what the peers have used of their quotas.</param>
internal sealed class RunningPeers(RunningConfiguration configuration, SecureSettings first, IActorRef guardian, Action saveQuotas)
{
    /// <summary>Whether they are a server's, which its operator adds and removes.</summary>
    internal required bool IsServer { get; init; }

    private readonly SemaphoreSlim _one = new(1);
    private IReadOnlyList<PeerSettings> _peers = first.Peers;

    /// <summary>Takes the peers alone, whatever else has changed. All or nothing.</summary>
    /// <exception cref="Configuration.ConfigurationException">A file is wrong.</exception>
    internal async Task<PeersReloaded> Reload(CancellationToken stop)
    {
        using var hold = await Hold(stop);
        return await Apply(Read(configuration.Secure), stop);
    }

    /// <summary>Nobody else reads and applies until this is disposed: who has read before another has changed a file must not apply after them.</summary>
    internal async Task<IDisposable> Hold(CancellationToken stop)
    {
        await _one.WaitAsync(stop);
        return new Held(_one);
    }

    /// <summary>The peers as they are on the disk now. Changes nothing.</summary>
    /// <exception cref="Configuration.ConfigurationException">A file is wrong.</exception>
    internal IReadOnlyList<PeerSettings> Read(SecureSource source) => IsServer ? source.PeersOf(first.PrivateKey) : source.OfClient().Peers;

    /// <summary>What is used of a peer's quota, which a reset forgives and writes down.</summary>
    /// <exception cref="ControlException">There is no such peer, or it has no quota.</exception>
    internal async Task<QuotaAnswer> Quota(string name, bool resets, CancellationToken stop)
    {
        var all = (await guardian.Ask<SecurePeersReport>(GetSecurePeers.Instance, RunningInstance.Patience, stop)).Peers;
        var peer = all.FirstOrDefault(one => one.Settings.Name == name) ?? throw new ControlException(StatusCodes.Status404NotFound,
            $"the server has no peer {name}; {Hint(name, all)}");
        var quota = peer.Settings.Limits.Quota ?? throw new ControlException(StatusCodes.Status409Conflict,
            $"{name} has no quota; a line such as 'quota = 50GB' in its file gives it one, and 'udptun config reload' lets the server take it");
        if (!resets) return new QuotaAnswer(name, quota, peer.UsedBytes, null);
        var reset = await guardian.Ask<QuotaReset>(new ResetQuota(peer.Settings.PublicKey), RunningInstance.Patience, stop);
        saveQuotas();
        return new QuotaAnswer(name, quota, 0, reset.Forgiven);
    }

    private static string Hint(string name, IReadOnlyList<SecurePeerReport> all) => NearestName.Of(name, all.Select(one => one.Settings.Name)) is { } nearest
        ? $"did you mean {nearest}?"
        : "'udptun config reload' lets it take what the files say";

    /// <summary>Returns when packets go by it: who has been removed is not let in any more. Whoever calls it has <see cref="Hold"/>.</summary>
    internal async Task<PeersReloaded> Apply(IReadOnlyList<PeerSettings> peers, CancellationToken stop)
    {
        var before = _peers.ToDictionary(peer => peer.PublicKey);
        var same = peers.Count(peer => before.TryGetValue(peer.PublicKey, out var old) && old.Says(peer));
        var known = peers.Count(peer => before.ContainsKey(peer.PublicKey));
        guardian.Tell(new ApplyPeers(peers));
        _peers = peers;
        await guardian.Ask<PacketHalvesReached>(ReachPacketHalves.Instance, RunningInstance.Patience, stop);
        return new PeersReloaded(peers.Count, peers.Count - known, known - same, before.Count - known);
    }

    private sealed class Held(SemaphoreSlim one) : IDisposable
    {
        public void Dispose() => one.Release();
    }
}
