// Beside the UDP end: which of the host's addresses each peer talks to. Loop thread; allocates only while it grows to its bound.
using System.Runtime.InteropServices;
using UdpTun.Net.Flows;

namespace UdpTun.Linux.Sockets;

/// <summary>
/// A host with several addresses would answer from the one that its routes prefer, and a peer that sent to another would take the
/// answer for a stranger's. So a socket bound to every address answers from the one that the peer last used.
/// </summary>
internal sealed class ReplyAddresses
{
    // More peers than any server serves; when so many senders were seen, all is learned anew from their next datagrams.
    private const int Most = 65536;

    private readonly Dictionary<InetEndpoint, InetAddress> _localOf = [];

    public void Learn(InetEndpoint remote, InetAddress local)
    {
        if (_localOf.Count == Most) _localOf.Clear();
        CollectionsMarshal.GetValueRefOrAddDefault(_localOf, remote, out _) = local;
    }

    public bool TryFind(InetEndpoint remote, out InetAddress local) => _localOf.TryGetValue(remote, out local);
}
