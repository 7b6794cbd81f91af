// Stage: between the UDP socket and the routes. Thread: event loop. Memory: datagrams are opened in place; sealed ones lie in leased bursts.
using System.Buffers.Binary;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Io;
using UdpTun.Net.Peers;
using UdpTun.Transport.Secure.Commands;
using UdpTun.Transport.Secure.Handshakes;
using UdpTun.Transport.Secure.Keys;
using UdpTun.Transport.Secure.Messages;
using UdpTun.Transport.Secure.Peers;
using UdpTun.Transport.Secure.Sessions;

namespace UdpTun.Transport.Secure;

/// <summary>
/// The packet half of the WireGuard-compatible transport: finds a datagram's keys by its index, opens it, keeps out replays and foreign
/// sources, and follows the peer to where it came from; seals what goes to a peer, or lets it wait while the control half makes keys.
/// </summary>
/// <param name="own">Our public key, at first.</param>
/// <param name="times">How long keys are good.</param>
/// <param name="indices">Shared with the control half.</param>
/// <param name="mtu">The longest inner packet, up to which padding may go.</param>
/// <param name="shard">Which shard's it is: all it knows are the keys of its own peers.</param>
public sealed class SecureTransport(PublicKey own, ProtocolTimes times, SessionIndices indices, int mtu, int shard = 0) : ITransport
{
    private static readonly TimeSpan WantInterval = TimeSpan.FromSeconds(1);

    private Mac1Filter _mac1 = new(own);
    private readonly Dictionary<uint, KeyPair> _pairs = [];
    private readonly SealedRow _row = new();
    private readonly StagedPackets _staged = new();
    private readonly PacketSealer _sealer = new(mtu);
    private PeerTable _peers = PeerTable.Empty;
    private Action<KeyPair>? _retire;

    public string Name => "secure";

    public bool Authenticates => true;

    /// <summary>Takes what the control half has to know; set before the first packet.</summary>
    public IHandshakeInbox? Inbox { get; set; }

    /// <summary>Told by which way authentic datagrams came; null where there is no socket.</summary>
    public IReplyPaths? ReplyPaths { get; set; }

    /// <summary>Takes what is another shard's; null where there is no other. Set before the first packet.</summary>
    public IShardNeighbours? Neighbours { get; set; }

    /// <summary>The shard's peers as they are now. Any thread.</summary>
    public PeerTable Peers => Volatile.Read(ref _peers);

    private Action<KeyPair> Retire => _retire ??= pair =>
    {
        _pairs.Remove(pair.LocalIndex);
        indices.GiveBack(pair.LocalIndex);
        pair.Dispose();
    };

    public void Open(PacketBurst burst, in TransportTurn turn)
    {
        for (var i = 0; i < burst.Count; i++)
        {
            if (burst.Packets[i].Length == 0) continue;
            var reason = MessageTypes.Of(burst.Packet(i)) switch
            {
                MessageType.Data => OpenData(burst, i, turn),
                MessageType.Initiation or MessageType.Response or MessageType.CookieReply => GiveAway(burst, i),
                _ => DropReason.NotAuthentic,
            };
            if (reason == DropReason.None) continue;
            turn.Drops.Add(reason);
            burst.Drop(i);
        }

        Neighbours?.EndBurst();
    }

    public void Seal(PacketBatch batch, in TransportTurn turn)
    {
        try
        {
            if (!_peers.TryFind(batch.Peer, out var session) || session.Endpoint is null)
                turn.Drops.Add(DropReason.NoPeer, batch.Weight().Packets);
            else if (session.Keys.ForSealing(turn.Now, times.RejectAfter) is { } pair)
                _sealer.Seal(session, pair, batch, _row, turn);
            else
                Stage(session, batch, turn);
        }
        finally
        {
            batch.Release();
        }
    }

    public bool TryTakeReady(out PacketBatch datagrams) => _row.TryTake(out datagrams);

    public void EndRound() => _row.EndRound();

    /// <summary>Whose the packet's destination is, or default: nobody's.</summary>
    public PeerId Route(ReadOnlySpan<byte> packet)
    {
        var destination = InnerPacket.DestinationOf(packet);
        return destination.IsEmpty ? default : _peers.OwnerOf(destination)?.Peer.Id ?? default;
    }

    /// <summary>Says that there is a socket, new or again.</summary>
    public void OnSocketOpened() => Inbox?.Opened(shard);

    /// <summary>Carries out what the control half asks for.</summary>
    public void Do(SecureCommand command, in TransportTurn turn)
    {
        switch (command)
        {
            case SecureCommand.UsePeers use: UsePeers(use.Peers, turn); break;
            case SecureCommand.UseName use: _mac1 = new Mac1Filter(use.Own); break;
            case SecureCommand.UseKeys use: UseKeys(use, turn); break;
            case SecureCommand.SendHandshake send: SendHandshake(send, turn); break;
            case SecureCommand.Answer answer: Send(answer.Message, answer.To, turn); break;
            case SecureCommand.SendKeepalive send: SendKeepalive(send.Session, turn); break;
            case SecureCommand.WipeKeys wipe: Wipe(wipe.Session); break;
            case SecureCommand.DropStaged drop: _staged.Drop(drop.Session, turn.Drops); break;
            case SecureCommand.MoveTo move: move.Session.StayAt(move.Endpoint, turn.Now, times.RekeyTimeout); break;
            default: throw new ArgumentOutOfRangeException(nameof(command), command, "no such command");
        }
    }

    /// <summary>The peers to begin with, before the loop runs.</summary>
    public void Begin(PeerTable peers) => Volatile.Write(ref _peers, peers);

    /// <summary>Wipes all keys and drops what waits; for the end of the loop.</summary>
    public void Close(in TransportTurn turn)
    {
        foreach (var session in _peers.Sessions) Forget(session, turn);
    }

    private DropReason OpenData(PacketBurst burst, int index, in TransportTurn turn)
    {
        var datagram = burst.Packet(index);
        var receiver = BinaryPrimitives.ReadUInt32LittleEndian(datagram[MessageLayout.DataReceiverOffset..]);
        if (!_pairs.TryGetValue(receiver, out var pair)) return HandOver(burst, index, receiver);
        if (turn.Now - pair.CreatedAt >= times.RejectAfter) return DropReason.NotAuthentic;
        var reason = pair.Open(datagram);
        if (reason != DropReason.None) return reason;

        var session = pair.Session!;
        var padded = datagram[KeyPair.HeaderBytes..^KeyPair.TagBytes];
        session.Stamps.OnReceived(turn.Now, padded.Length > 0);
        session.Received.Add(1, datagram.Length);
        if (session.Follow(burst.Remotes[index], burst.Paths[index], turn.Now)) ReplyPaths?.Confirm(burst.Remotes[index], burst.Paths[index]);
        if (session.Keys.Confirm(pair, Retire))
        {
            OnConfirmed(session, turn);
            Inbox?.Confirmed(session);
        }

        if (padded.IsEmpty)
        {
            burst.Drop(index); // a keepalive, which has done its work
            return DropReason.None;
        }

        var length = InnerPacket.LengthOf(padded);
        if (length == 0) return DropReason.BadLength;
        if (!ReferenceEquals(_peers.OwnerOf(InnerPacket.SourceOf(padded)), session)) return DropReason.ForeignSource;
        burst.Packets[index] = burst.Packets[index] with { Offset = burst.Packets[index].Offset + KeyPair.HeaderBytes, Length = length };
        (burst.Peers[index], burst.Remotes[index]) = (session.Peer.Id, default); // who it is no longer depends on where it is
        return DropReason.None;
    }

    /// <summary>
    /// The kernel puts datagrams where their number says, but for a moment when sockets have changed places, and where it joined one to an initiation
    /// or knows no steering. Looked at only when the number is not ours, and copied only when it is somebody's.
    /// </summary>
    private DropReason HandOver(PacketBurst burst, int index, uint receiver)
    {
        if (Neighbours is null || indices.HomeOf(receiver) is var home && home == shard || indices.OwnerOf(receiver) is null) return DropReason.NotAuthentic;
        Neighbours.HandOver(burst, index, home);
        burst.Drop(index);
        return DropReason.None;
    }

    private DropReason GiveAway(PacketBurst burst, int index)
    {
        var message = burst.Packet(index);
        var isCookie = message.Length == MessageLayout.CookieReplyBytes; // which has no mac; its tag is looked at where the handshake is known
        if (isCookie ? indices.OwnerOf(CookieReply.Receiver(message)) is null : !_mac1.Passes(message)) return DropReason.NotAuthentic;
        if (Inbox is null || !Inbox.TryAdd(message, burst.Remotes[index], shard)) return DropReason.TooManyHandshakes;
        burst.Drop(index);
        return DropReason.None;
    }

    private void Stage(PeerSession session, PacketBatch batch, in TransportTurn turn)
    {
        _staged.Add(session, batch, turn);
        Want(session, turn);
    }

    private void Want(PeerSession session, in TransportTurn turn)
    {
        if (turn.Now - session.WantedAt < WantInterval) return;
        session.WantedAt = turn.Now;
        Inbox?.Want(session);
    }

    private void OnConfirmed(PeerSession session, in TransportTurn turn)
    {
        session.Stamps.OnConfirmed(turn.Now);
        session.WantedAt = null;
        if (_staged.Take(session) is { } staged) Seal(staged, turn);
    }

    private void UsePeers(PeerTable peers, in TransportTurn turn)
    {
        foreach (var session in _peers.Sessions)
        {
            if (peers.TryFind(session.Peer.Id, out var kept) && ReferenceEquals(kept, session)) continue;
            Forget(session, turn);
        }

        Volatile.Write(ref _peers, peers);
    }

    private void Forget(PeerSession session, in TransportTurn turn)
    {
        Wipe(session);
        _staged.Drop(session, turn.Drops);
    }

    private void Wipe(PeerSession session)
    {
        session.Newest = null;
        session.Keys.Clear(Retire);
    }

    private void UseKeys(SecureCommand.UseKeys use, in TransportTurn turn)
    {
        var session = use.Session;
        if (!Knows(session))
        {
            Retire(use.Pair); // the peer has been removed meanwhile
            return;
        }

        use.Pair.Session = session;
        _pairs.Add(use.Pair.LocalIndex, use.Pair);
        session.Keys.Install(use.Pair, Retire);
        session.Newest = use.Pair;
        session.Stamps.OnReceived(turn.Now, hasPacket: false);
        // A peer may call another address of ours than before: until its first datagram under these keys, the way of the handshake is the right one.
        session.Follow(use.From, path: 0, turn.Now);
        ReplyPaths?.Confirm(use.From, path: 0);
        if (!use.Pair.IsInitiator) return;
        OnConfirmed(session, turn);
        // The responder may not send before it has heard from us under the new keys.
        if (use.Pair.Sent == 0) SendKeepalive(session, turn);
    }

    private void SendHandshake(SecureCommand.SendHandshake send, in TransportTurn turn)
    {
        if (!Knows(send.Session) || (send.To ?? send.Session.Endpoint) is not { } to) return;
        // By way of this shard, so that the keys are in use before their first datagram can come.
        if (Neighbours is not null && send.Shard is { } other && other != shard) Neighbours.Send(new SecureCommand.Answer(send.Message, to), other);
        else Send(send.Message, to, turn);
    }

    private void SendKeepalive(PeerSession session, in TransportTurn turn)
    {
        if (!Knows(session) || session.Endpoint is null) return;
        if (session.Keys.ForSealing(turn.Now, times.RejectAfter) is { } pair) _sealer.SealKeepalive(session, pair, _row, turn);
        else Want(session, turn);
    }

    private void Send(byte[] message, InetEndpoint to, in TransportTurn turn)
    {
        _row.Begin(to);
        if (!_row.TryPlace(message.Length, turn.Sealed, out var datagram)) return; // lost as on the way; the handshake's timer repeats it
        message.CopyTo(datagram);
        _row.Append(message.Length, default);
        _row.End();
    }

    private bool Knows(PeerSession session) => _peers.TryFind(session.Peer.Id, out var known) && ReferenceEquals(known, session);
}
