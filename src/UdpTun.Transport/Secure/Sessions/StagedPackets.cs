// Stage: in front of sealing, while a peer has no keys. Thread: event loop. Memory: copies packets into a burst of a pool of its own.
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;

namespace UdpTun.Transport.Secure.Sessions;

/// <summary>
/// Packets that wait for a handshake, as they were when they came: one burst a peer, and no more bursts than the pool has. What comes when
/// a burst is full is dropped, for what came first is what the handshake was begun for. When all bursts are taken, the peer that has waited longest
/// loses its own: it is away, and those that are there need theirs for a round trip.
/// </summary>
internal sealed class StagedPackets
{
    private readonly List<PeerSession> _waiting = []; // the longest first; no more than the pool has bursts

    public void Add(PeerSession session, PacketBatch batch, in TransportTurn turn)
    {
        for (var i = 0; i < batch.Count; i += 1 + batch.TailsOf(i))
        {
            if (batch[i].Length == 0) continue;
            if (!TryCopy(session, batch, i, turn)) turn.Drops.Add(DropReason.NoPeerSession, batch.WeightOf(i).Packets);
        }
    }

    /// <summary>Gives the packets away as a batch; null when none waits.</summary>
    public PacketBatch? Take(PeerSession session)
    {
        if (session.Staged is not { } staged) return null;
        session.Staged = null;
        _waiting.Remove(session);
        var packets = staged.Count == 0 ? null : staged.Share(0, staged.Count, peer: session.Peer.Id);
        staged.Release();
        return packets;
    }

    public void Drop(PeerSession session, DropCounters drops)
    {
        if (Take(session) is not { } packets) return;
        drops.Add(DropReason.NoPeerSession, packets.Weight().Packets);
        packets.Release();
    }

    /// <summary>A packet with its tails becomes one piece, as a TUN would have given it.</summary>
    private bool TryCopy(PeerSession session, PacketBatch batch, int index, in TransportTurn turn)
    {
        var pieces = 1 + batch.TailsOf(index);
        var length = 0;
        for (var piece = index; piece < index + pieces; piece++) length += batch[piece].Length;
        if ((session.Staged ??= Lease(session, turn)) is not { } staged) return false;
        if (!staged.HasRoomFor(length)) return false;
        var room = staged.Bytes.AsSpan(staged.NextOffset, length);
        for (var piece = index; piece < index + pieces; piece++)
        {
            batch.Packet(piece).CopyTo(room);
            room = room[batch[piece].Length..];
        }

        staged.AppendAt(staged.NextOffset, length, batch[index].Offload, outerClass: batch[index].OuterClass);
        return true;
    }

    private PacketBurst? Lease(PeerSession session, in TransportTurn turn)
    {
        if (!turn.Staged.TryLease(out var lease))
        {
            if (_waiting.Count == 0) return null;
            Drop(_waiting[0], turn.Drops);
            if (!turn.Staged.TryLease(out lease)) return null; // what it held is still on its way
        }

        _waiting.Add(session);
        return lease;
    }
}
