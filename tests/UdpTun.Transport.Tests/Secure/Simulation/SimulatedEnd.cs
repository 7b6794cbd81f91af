using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Io;
using UdpTun.Net.Offload;
using UdpTun.Net.Peers;
using UdpTun.Transport.Secure;
using UdpTun.Transport.Secure.Commands;
using UdpTun.Transport.Secure.Handshakes;
using UdpTun.Transport.Secure.Keys;
using UdpTun.Transport.Secure.Peers;
using UdpTun.Transport.Secure.Sessions;

namespace UdpTun.Transport.Tests.Secure.Simulation;

/// <summary>
/// Both halves of a secure end on one thread, joined as the actors join them: datagrams and packets in, datagrams and packets out, and time
/// that stands still until it is moved.
/// </summary>
internal sealed class SimulatedEnd : IHandshakeInbox, IReplyPaths, IDisposable
{
    public const int Mtu = 1420;

    private const int MostStaged = 8;

    private readonly SharedTime _time;
    private readonly Action<SimulatedEnd, byte[], InetEndpoint> _send;
    private readonly Random _chance;
    private readonly PacketPool _sealed = new(8), _staged = new(MostStaged), _reads = new(2);
    private readonly Queue<(byte[] Message, InetEndpoint From)> _inbox = [];
    private readonly Queue<(PublicKey Peer, Action<PeerProtocol> Work)> _told = [];
    private readonly Dictionary<PublicKey, PeerProtocol> _protocols = [];
    private readonly Dictionary<PublicKey, TimeSpan> _ticks = [];
    private readonly Dictionary<PublicKey, InetEndpoint> _configured = [];
    private readonly List<(PeerSession Session, IReadOnlyList<InetPrefix> Ranges)> _peers = [];
    private readonly List<SecureCommand> _commands = [];
    private readonly HandshakeGate _gate;
    private readonly LocalIdentity _identity;
    private readonly ProtocolTimes _times;

    public SimulatedEnd(
        SecretKey privateKey, InetEndpoint address, SharedTime time, Random chance, Action<SimulatedEnd, byte[], InetEndpoint> send,
        ProtocolTimes? times = null)
    {
        (_time, _send, _chance, _times, Address) = (time, send, chance, times ?? ProtocolTimes.Standard, address);
        Clock = new VirtualClock(time);
        _identity = new LocalIdentity(privateKey, Clock);
        _gate = new HandshakeGate(_identity, Indices);
        Transport = new SecureTransport(_identity.Key, _times, Indices, Mtu) { Inbox = this, ReplyPaths = this };
    }

    public PublicKey Key => _identity.Key;

    public VirtualClock Clock { get; }

    /// <summary>Where its datagrams come from; may change.</summary>
    public InetEndpoint Address { get; set; }

    public SessionIndices Indices { get; } = new();

    public SecureTransport Transport { get; }

    public DropCounters Drops { get; } = new();

    /// <summary>Inner packets that came out, each with the peer that sent it.</summary>
    public List<(PeerId Peer, byte[] Packet)> Delivered { get; } = [];

    /// <summary>Whether peers that are added from now on may have AES.</summary>
    public bool AllowsAes { get; set; } = true;

    public IEnumerable<PeerProtocol> Protocols => _protocols.Values;

    /// <summary>How many messages the gate is to believe are waiting.</summary>
    public int PretendedLoad { get; set; }

    /// <summary>Ways by which peers that have proved who they are were heard.</summary>
    public List<(InetEndpoint Remote, ushort Path)> Confirmed { get; } = [];

    public int StagedBursts => _staged.Outstanding;

    /// <summary>How many peers' packets can wait.</summary>
    public int StagedMost => MostStaged;

    public TransportTurn Turn => new(_time.Now, _sealed, _staged, Drops);

    public PeerProtocol AddPeer(
        PublicKey key, string ranges, InetEndpoint? endpoint = null, SecretKey? presharedKey = null, TimeSpan? keepalive = null)
    {
        var session = new PeerSession(new Peer(new PeerId(_peers.Count + 1), $"peer {_peers.Count + 1}"), key);
        if (endpoint is { } known)
        {
            session.MoveTo(known);
            _configured[key] = known;
        }

        _peers.Add((session, [.. ranges.Split(' ').Select(InetPrefix.Parse)]));
        var protocol = new PeerProtocol(_identity, session, presharedKey, _times, Indices, _chance.NextDouble)
        {
            PersistentKeepalive = keepalive,
            AllowsAes = AllowsAes,
        };
        _protocols.Add(key, protocol);
        Transport.Do(new SecureCommand.UsePeers(new PeerTable(_peers)), Turn);
        Note(protocol);
        return protocol;
    }

    public void RemovePeer(PublicKey key)
    {
        _peers.RemoveAll(peer => peer.Session.Key.Equals(key));
        _protocols.Remove(key, out var protocol);
        protocol!.Dispose();
        Transport.Do(new SecureCommand.UsePeers(new PeerTable(_peers)), Turn);
        Pump();
    }

    /// <summary>Packets out of the TUN: each goes where its destination leads.</summary>
    public void Send(params byte[][] packets) => Send(default, packets);

    public void Send(PacketOffload offload, params byte[][] packets)
    {
        foreach (var packet in packets)
        {
            Assert.True(_reads.TryLease(out var burst));
            packet.CopyTo(burst.Bytes, burst.NextOffset);
            burst.Append(packet.Length, offload);
            var batch = burst.Share(0, 1, peer: Transport.Route(packet));
            burst.Release();
            Transport.Seal(batch, Turn);
        }

        Pump();
    }

    /// <summary>Packets of one length, without room between them; joined where they may be.</summary>
    public void SendRow(IReadOnlyList<byte[]> packets, bool joined = false)
    {
        Assert.True(_reads.TryLease(out var burst));
        var (offset, length) = (burst.NextOffset, packets[0].Length);
        for (var i = 0; i < packets.Count; i++) packets[i].CopyTo(burst.Bytes, offset + (i * length));
        burst.AppendRow(offset, packets.Count * length, length, default, default);
        if (joined) new Coalescer(joinsUdp: true).Join(burst, 0, burst.Count);
        Assert.Equal(joined, burst.Packets[0].Tails > 0);
        var batch = burst.Share(0, burst.Count, peer: Transport.Route(packets[0]));
        burst.Release();
        Transport.Seal(batch, Turn);
        Pump();
    }

    public void Call(PeerProtocol protocol)
    {
        protocol.Want(_time.Now, _commands);
        Note(protocol);
        Pump();
    }

    public void Use(PeerProtocol protocol, SecretKey? presharedKey)
    {
        protocol.Use(presharedKey, _time.Now, _commands);
        Note(protocol);
        Pump();
    }

    /// <summary>As when the socket has just opened, or the peer is found elsewhere.</summary>
    public void CallAgain(PeerProtocol protocol)
    {
        protocol.CallAgain(_time.Now, _commands);
        Note(protocol);
        Pump();
    }

    /// <summary>A datagram comes in.</summary>
    public void Receive(byte[] datagram, InetEndpoint from, ushort path = 0) => Receive([datagram], from, path);

    public void Receive(IEnumerable<byte[]> datagrams, InetEndpoint from, ushort path = 0)
    {
        Assert.True(_reads.TryLease(out var burst));
        List<int> tags = [];
        foreach (var datagram in datagrams)
        {
            datagram.CopyTo(burst.Bytes, burst.NextOffset);
            tags.Add(burst.NextOffset + datagram.Length - KeyPair.TagBytes);
            burst.AppendAt(burst.NextOffset, datagram.Length, remote: from, path: path);
        }

        Transport.Open(burst, Turn);
        for (var i = 0; i < burst.Count; i++)
        {
            if (burst.Packets[i] is not { Length: > 0 } packet) continue;
            Assert.All(burst.Bytes[(packet.Offset + packet.Length)..tags[i]], padding => Assert.Equal(0, padding));
            Delivered.Add((burst.Peers[i], burst.Packet(i).ToArray()));
        }

        burst.Release();
        Pump();
    }

    /// <summary>Runs the timers that are due.</summary>
    public void Tick()
    {
        foreach (var (key, protocol) in _protocols)
        {
            if (!_ticks.TryGetValue(key, out var due) || due > _time.Now) continue;
            protocol.Tick(_time.Now, _commands);
            LookWhereItIsSaidToBe(key, protocol);
            Note(protocol);
        }

        Pump();
    }

    bool IHandshakeInbox.TryAdd(ReadOnlySpan<byte> message, InetEndpoint from, int shard)
    {
        _inbox.Enqueue((message.ToArray(), from));
        return true;
    }

    void IHandshakeInbox.Opened(int shard)
    {
        // Simulated ends are always open.
    }

    void IReplyPaths.Confirm(InetEndpoint remote, ushort path) => Confirmed.Add((remote, path));

    void IHandshakeInbox.Want(PeerSession session) => _told.Enqueue((session.Key, protocol => protocol.Want(_time.Now, _commands)));

    void IHandshakeInbox.Confirmed(PeerSession session) => _told.Enqueue((session.Key, protocol => protocol.Tick(_time.Now, _commands)));

    public void Dispose()
    {
        Transport.Close(Turn);
        Pump();
        foreach (var protocol in _protocols.Values) protocol.Dispose();
        _identity.Dispose();
        Assert.Equal((0, 0, 0), (_sealed.Outstanding, _staged.Outstanding, _reads.Outstanding));
        Assert.Equal(0, Indices.Count);
    }

    /// <summary>As the peer's actor does: who recorded a datagram that was lost may have led us astray with it.</summary>
    private void LookWhereItIsSaidToBe(PublicKey key, PeerProtocol protocol)
    {
        if (!protocol.IsCalling || protocol.Attempts < 3 || !_configured.TryGetValue(key, out var place) || protocol.Session.Endpoint == place) return;
        _commands.Add(new SecureCommand.MoveTo(protocol.Session, place));
        protocol.CallAgain(_time.Now, _commands);
    }

    /// <summary>Lets both halves talk until neither has anything to say, and sends what came of it.</summary>
    private void Pump()
    {
        while (_commands.Count + _inbox.Count + _told.Count > 0)
        {
            while (_inbox.TryDequeue(out var arrived)) Look(arrived.Message, arrived.From);
            while (_told.TryDequeue(out var told))
            {
                if (!_protocols.TryGetValue(told.Peer, out var protocol)) continue;
                told.Work(protocol);
                Note(protocol);
            }

            SecureCommand[] commands = [.. _commands];
            _commands.Clear();
            foreach (var command in commands) Transport.Do(command, Turn);
        }

        while (Transport.TryTakeReady(out var datagrams))
        {
            for (var i = 0; i < datagrams.Count; i++) _send(this, datagrams.Packet(i).ToArray(), datagrams.Remote);
            datagrams.Release();
        }

        Transport.EndRound();
    }

    private void Look(byte[] message, InetEndpoint from)
    {
        _gate.SeeLoad(PretendedLoad, _time.Now);
        var forPeer = _gate.Look(message, from, _time.Now, out var answer);
        if (answer is not null) _commands.Add(answer);
        if (forPeer is null) return;
        if (_protocols.TryGetValue(forPeer.Peer, out var protocol))
        {
            var reason = protocol.Receive(forPeer, _time.Now, _commands);
            if (reason != DropReason.None) Drops.Add(reason);
            Note(protocol);
        }
        else
        {
            forPeer.Dispose();
        }
    }

    private void Note(PeerProtocol protocol)
    {
        if (protocol.NextTick(_time.Now) is { } due) _ticks[protocol.Session.Key] = due;
        else _ticks.Remove(protocol.Session.Key);
    }
}
