// Beside the UDP end: which of the host's addresses each peer talks to. Loop thread; allocates only while it grows to its bounds.
using UdpTun.Net.Flows;
using UdpTun.Net.Io;

namespace UdpTun.Linux.Sockets;

/// <summary>
/// A host with several addresses would answer from the one that its routes prefer, and a peer that sent to another would take the
/// answer for a stranger's. So a socket bound to every address answers from the one that the peer last used, as far as a transport knows that it
/// was the peer. A link-local peer can be answered on the link alone that it was heard on (RFC 4007 section 6).
/// </summary>
internal sealed class ReplyAddresses : IReplyPaths
{
    // More peers than any server serves; when so many senders were seen, all is learned anew from their next datagrams.
    private const int Most = 65536;

    // More addresses and links than any host has; a way without a number is learned and never confirmed.
    private const int MostPaths = 4096;

    private readonly Dictionary<InetEndpoint, ReplyPath> _heard = [], _confirmed = [];
    private readonly List<ReplyPath> _paths = [default]; // by number
    private (InetEndpoint Remote, ReplyPath Path, ushort Number) _last; // one sender's datagrams mostly come in a row

    /// <summary>Notes by which way a datagram came; its number.</summary>
    public ushort Learn(InetEndpoint remote, ReplyPath path)
    {
        if (_last.Remote == remote && _last.Path == path) return _last.Number;
        if (_heard.Count == Most) _heard.Clear();
        _heard[remote] = path;
        _last = (remote, path, NumberOf(path));
        return _last.Number;
    }

    public void Confirm(InetEndpoint remote, ushort path)
    {
        if (_confirmed.Count == Most) _confirmed.Clear();
        if (path == 0) _confirmed.Remove(remote);
        else _confirmed[remote] = _paths[path];
    }

    public bool TryFind(InetEndpoint remote, out ReplyPath path) => _confirmed.TryGetValue(remote, out path) || _heard.TryGetValue(remote, out path);

    private ushort NumberOf(ReplyPath path)
    {
        var number = _paths.IndexOf(path, 1);
        if (number > 0) return (ushort)number;
        if (_paths.Count == MostPaths) return 0;
        _paths.Add(path);
        return (ushort)(_paths.Count - 1);
    }
}

/// <summary>How an answer is to leave.</summary>
/// <param name="Local">The address to answer from.</param>
/// <param name="Link">Index of the interface to a link-local peer; 0 lets the routes decide.</param>
internal readonly record struct ReplyPath(InetAddress Local, uint Link);
