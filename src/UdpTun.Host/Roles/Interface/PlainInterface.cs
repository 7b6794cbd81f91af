using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Peers;
using UdpTun.Actors.Settings;
using UdpTun.Host.Uapi;
using UdpTun.Transport.Secure.Keys;
using UdpTun.Transport.Uapi;

namespace UdpTun.Host.Roles.Interface;

/// <summary>The interface as wg sees it, which may change all of it.</summary>
/// <param name="secure">Whose keys and peers.</param>
/// <param name="socket">Whose port and mark.</param>
/// <param name="guardian">Of its line.</param>
internal sealed class PlainInterface(SecureEnd secure, MovableSocket socket, IActorRef guardian) : IUapiTarget
{
    private SecretKey? _key;

    public async Task<InterfaceReport> Report(CancellationToken stop) => new()
    {
        PrivateKey = _key,
        ListenPort = socket.Port,
        Mark = socket.Mark,
        Peers = [.. (await SecurePeersOf(stop)).Select(RunningInterface.Of)],
    };

    public async Task Apply(InterfaceChange change, CancellationToken stop)
    {
        // First what may fail.
        if (change.ListenPort is { } port && port != socket.Port)
        {
            socket.MoveTo(port);
            guardian.Tell(ReopenSockets.Instance);
        }

        if (change.Mark is { } mark) socket.UseMark(mark);
        var before = (await SecurePeersOf(stop)).Select(peer => peer.Settings).ToList();
        if (change.PrivateKey is { } key && !key.Span.SequenceEqual((_key ?? secure.Settings.PrivateKey).Span)) UseKey(key, before, change);
        else if (change.Peers.Count > 0 || change.ReplacesPeers) guardian.Tell(PeerChanges.Apply(secure.Key, before, change));
        await guardian.Ask<PacketHalvesReached>(ReachPacketHalves.Instance, RunningInterface.Patience, stop);
    }

    private void UseKey(SecretKey key, IReadOnlyList<PeerSettings> before, InterfaceChange change)
    {
        _key = key.Span.ContainsAnyExcept((byte)0) ? key : null;
        var used = _key ?? SecretKey.GeneratePrivate(); // without a key it is nobody again
        var own = used.ToPublic();
        guardian.Tell(new UsePrivateKey(used, PeerChanges.Apply(own, [.. before.Where(peer => !peer.PublicKey.Equals(own))], change)));
    }

    private async Task<IReadOnlyList<SecurePeerReport>> SecurePeersOf(CancellationToken stop) =>
        (await guardian.Ask<SecurePeersReport>(GetSecurePeers.Instance, RunningInterface.Patience, stop)).Peers;
}
