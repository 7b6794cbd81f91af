// Stage: whom a datagram comes from and goes to. Thread: event loop, but for what says otherwise. Memory: its keys and what waits for them.
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Io;
using UdpTun.Net.Peers;
using UdpTun.Transport.Secure.Keys;
using UdpTun.Transport.Secure.Primitives;

namespace UdpTun.Transport.Secure.Sessions;

/// <summary>
/// One peer as the packet line sees it: its keys, where it is, what has passed. Made off the loop and handed to it; outlives its keys.
/// </summary>
/// <param name="peer">The client as the rest of the line knows it.</param>
/// <param name="key">Who it is.</param>
public sealed class PeerSession(Peer peer, PublicKey key)
{
    private object? _endpoint, _heardAt;
    private bool _isHeardThere;
    private ushort _path;
    private KeyPair? _newest;
    private TimeSpan _staysUntil = TimeSpan.MinValue;

    public Peer Peer { get; } = peer;

    public PublicKey Key { get; } = key;

    /// <summary>The shard that has its keys and everything else of it.</summary>
    public int Home { get; init; }

    /// <summary>When it did what. Any thread.</summary>
    public SessionStamps Stamps { get; } = new();

    /// <summary>Datagrams from the peer that were authentic, in bytes with their headers. Any thread.</summary>
    public TrafficCounters Received { get; } = new();

    /// <summary>Datagrams sealed for the peer, in bytes with their headers. Any thread.</summary>
    public TrafficCounters Sent { get; } = new();

    /// <summary>Where the peer's last authentic datagram came from, or where it is said to be; null: not known. Any thread.</summary>
    public InetEndpoint? Endpoint => (InetEndpoint?)Volatile.Read(ref _endpoint);

    /// <summary>Where it was heard last; null: nowhere. Any thread.</summary>
    public InetEndpoint? HeardAt => (InetEndpoint?)Volatile.Read(ref _heardAt);

    internal KeyRing Keys { get; } = new();

    /// <summary>
    /// The keys that were put to use last, for the control half to go on from when it is built anew; null: none, or wiped. Written on the loop;
    /// any thread may read its age and count.
    /// </summary>
    internal KeyPair? Newest
    {
        get => Volatile.Read(ref _newest);
        set => Volatile.Write(ref _newest, value);
    }

    /// <summary>The stamp of the peer's latest initiation, below which none is taken. The control half's alone, and outlives it.</summary>
    internal byte[] GreatestStamp { get; } = new byte[Tai64N.Bytes];

    /// <summary>The stamp of our latest initiation to the peer. The control half's alone, and outlives it.</summary>
    internal DateTimeOffset LastStamp { get; set; }

    /// <summary>Packets that wait for a session; null when none does.</summary>
    internal PacketBurst? Staged { get; set; }

    /// <summary>When somebody was last told that packets wait.</summary>
    internal TimeSpan? WantedAt { get; set; }

    /// <summary>Says where the peer is before it has been heard of. On the loop, or before the loop knows the session.</summary>
    public void MoveTo(InetEndpoint endpoint)
    {
        if (Peer.Endpoint == endpoint && _endpoint is not null) return;
        _isHeardThere = false;
        Peer.Endpoint = endpoint;
        Volatile.Write(ref _endpoint, endpoint); // boxed, so that another thread sees one endpoint or the other and never a mixture
    }

    /// <summary>
    /// Says that the peer is to be found elsewhere. What it sent before may still be on its way, and a server that answers from the address that it
    /// was last called at would be called at the former one for good: a peer that was heard within <paramref name="time"/> stays for as long
    /// where it is said to be, wherever its datagrams come from. On the loop.
    /// </summary>
    internal void StayAt(InetEndpoint endpoint, TimeSpan now, TimeSpan time)
    {
        _staysUntil = now - Stamps.Received < time ? now + time : TimeSpan.MinValue;
        MoveTo(endpoint);
    }

    /// <summary>Says where an authentic datagram of the peer came from, and by which way (<see cref="IReplyPaths"/>). On the loop.</summary>
    /// <returns>Whether that is another than that of the last one.</returns>
    internal bool Follow(InetEndpoint from, ushort path, TimeSpan now)
    {
        if (_isHeardThere && _path == path && Peer.Endpoint == from) return false;
        _path = path;
        if (now < _staysUntil) return true;
        MoveTo(from);
        _isHeardThere = true;
        Volatile.Write(ref _heardAt, _endpoint);
        return true;
    }
}
