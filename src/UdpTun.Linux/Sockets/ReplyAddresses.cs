// Beside the UDP end: which of the host's addresses each peer talks to. Loop thread; allocates only while it grows to its bound.
using System.Runtime.InteropServices;
using UdpTun.Net.Flows;

namespace UdpTun.Linux.Sockets;

/// <summary>
/// A host with several addresses would answer from the one that its routes prefer, and a peer that sent to another would take the
/// answer for a stranger's. So a socket bound to every address answers from the one that the peer last used. A link-local peer
/// can be answered on the link alone that it was heard on (RFC 4007 section 6).
/// </summary>
internal sealed class ReplyAddresses
{
    // More peers than any server serves; when so many senders were seen, all is learned anew from their next datagrams.
    private const int Most = 65536;

    private readonly Dictionary<InetEndpoint, ReplyPath> _pathTo = [];
    private (InetEndpoint Remote, ReplyPath Path) _last; // one sender's datagrams mostly come in a row

    public void Learn(InetEndpoint remote, ReplyPath path)
    {
        if (_last == (remote, path)) return;
        _last = (remote, path);
        if (_pathTo.Count == Most) _pathTo.Clear();
        CollectionsMarshal.GetValueRefOrAddDefault(_pathTo, remote, out _) = path;
    }

    public bool TryFind(InetEndpoint remote, out ReplyPath path) => _pathTo.TryGetValue(remote, out path);
}

/// <summary>How an answer is to leave.</summary>
/// <param name="Local">The address to answer from.</param>
/// <param name="Link">Index of the interface to a link-local peer; 0 lets the routes decide.</param>
internal readonly record struct ReplyPath(InetAddress Local, uint Link);
