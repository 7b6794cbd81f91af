using UdpTun.Host.Secure;
using UdpTun.Net.Flows;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Host.Roles;

/// <summary>
/// Where a server's peers are: <c>INODE-DEVICE.peers</c> in the state directory. The next run calls them itself, where they would notice only
/// after 15 seconds that the server has lost its keys.
/// </summary>
internal static class SeenPeers
{
    /// <summary>A crash leaves those to themselves who have come, or moved, within so long before it.</summary>
    public static readonly TimeSpan SaveInterval = TimeSpan.FromSeconds(10);

    /// <summary>The file of a host's instance, whose name has its network namespace in it.</summary>
    public static PeerLines<InetEndpoint> FileOf(RoleHost host) =>
        new($"{host.Journal.Place.Directory}.peers", "where the peers are", "its address", InetEndpoint.TryParse, host.Context.Warn);

    /// <summary>A run that has heard nobody leaves what the one before it knew.</summary>
    public static void Save(PeerLines<InetEndpoint> file, IReadOnlyDictionary<PublicKey, InetEndpoint> seen)
    {
        if (seen.Count > 0) file.Save(seen);
    }
}
