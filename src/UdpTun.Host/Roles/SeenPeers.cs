using UdpTun.Host.Secure;
using UdpTun.Net.Flows;

namespace UdpTun.Host.Roles;

/// <summary>
/// Where a server's peers are: <c>INODE-DEVICE.peers</c> in the state directory. The next run calls them itself, where they would notice only
/// after 15 seconds that the server has lost its keys.
/// </summary>
internal static class SeenPeers
{
    /// <summary>A crash leaves those to themselves who have come, or moved, within so long before it.</summary>
    public static readonly TimeSpan SaveInterval = TimeSpan.FromSeconds(10);

    /// <summary>The file of the device's instance in the process's network namespace.</summary>
    public static PeerLines<InetEndpoint> FileOf(RoleHost host)
    {
        var inode = new string([.. (new FileInfo("/proc/self/ns/net").LinkTarget ?? "").Where(char.IsAsciiDigit)]);
        return new PeerLines<InetEndpoint>(
            Path.Combine(host.Context.Settings.StateDirectory, $"{inode}-{host.Device}.peers"), "where the peers are", "its address",
            InetEndpoint.TryParse, host.Context.Warn);
    }
}
