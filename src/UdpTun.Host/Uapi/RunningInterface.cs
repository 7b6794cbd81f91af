using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Transport.Secure.Keys;
using UdpTun.Transport.Uapi;
using UapiPeer = UdpTun.Transport.Uapi.PeerReport;

namespace UdpTun.Host.Uapi;

/// <summary>
/// A running server or client of ours as wg sees it. Its peers may be changed, until the next start or reload; its own key, port and mark are
/// its configuration's.
/// </summary>
/// <param name="own">Our key.</param>
/// <param name="listenPort">The socket's port; 0: not known.</param>
/// <param name="guardian">Takes <see cref="GetSecurePeers"/>, <see cref="ApplyPeers"/> and <see cref="ReachPacketHalves"/>.</param>
internal sealed class RunningInterface(SecretKey own, ushort listenPort, IActorRef guardian) : IUapiTarget
{
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly PublicKey _public = own.ToPublic();

    public async Task<InterfaceReport> Report(CancellationToken stop)
    {
        var report = await Ask(stop);
        return new InterfaceReport { PrivateKey = own, ListenPort = listenPort, Peers = [.. report.Peers.Select(Of)] };
    }

    public async Task Apply(InterfaceChange change, CancellationToken stop)
    {
        if (change.PrivateKey is { } key && !key.Span.SequenceEqual(own.Span)) throw Fixed("private key");
        if (change.ListenPort is { } port && port != listenPort) throw Fixed("port");
        if (change.Mark is > 0) throw Fixed("mark");
        if (change.Peers.Count == 0 && !change.ReplacesPeers) return;
        var before = (await Ask(stop)).Peers.Select(peer => peer.Settings).ToList();
        guardian.Tell(PeerChanges.Apply(_public, before, change));
        await guardian.Ask<PacketHalvesReached>(ReachPacketHalves.Instance, Patience, stop);
    }

    private Task<SecurePeersReport> Ask(CancellationToken stop) => guardian.Ask<SecurePeersReport>(GetSecurePeers.Instance, Patience, stop);

    internal static UapiPeer Of(SecurePeerReport peer) => new(peer.Settings.PublicKey)
    {
        PresharedKey = peer.Settings.PresharedKey,
        Endpoint = peer.Endpoint,
        PersistentKeepalive = (ushort)(peer.Settings.PersistentKeepalive?.TotalSeconds ?? 0),
        AllowedIps = [.. peer.Settings.AllowedIps.Select(network => network.ToNetwork())],
        LastHandshake = peer.LatestHandshake,
        ReceivedBytes = peer.ReceivedBytes,
        SentBytes = peer.SentBytes,
    };

    private static UapiException Fixed(string what) =>
        new(UapiErrno.Invalid, $"the {what} is that of the configuration, and changes with a restart alone");
}
