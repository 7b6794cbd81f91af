// Stage: in front of sealing, while a peer has no keys. Thread: event loop. Memory: copies packets into a burst of a pool of its own.
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;

namespace UdpTun.Transport.Secure.Sessions;

/// <summary>
/// Packets that wait for a handshake, as they were when they came: one burst a peer, and no more bursts than the pool has. What comes when
/// that is full is dropped, for what came first is what the handshake was begun for.
/// </summary>
internal static class StagedPackets
{
    public static void Add(PeerSession session, PacketBatch batch, in TransportTurn turn)
    {
        for (var i = 0; i < batch.Count; i += 1 + batch.TailsOf(i))
        {
            if (batch[i].Length == 0) continue;
            if (!TryCopy(session, batch, i, turn.Staged)) turn.Drops.Add(DropReason.NoPeerSession, batch.WeightOf(i).Packets);
        }
    }

    /// <summary>Gives the packets away as a batch; null when none waits.</summary>
    public static PacketBatch? Take(PeerSession session)
    {
        if (session.Staged is not { } staged) return null;
        session.Staged = null;
        var packets = staged.Count == 0 ? null : staged.Share(0, staged.Count, peer: session.Peer.Id);
        staged.Release();
        return packets;
    }

    public static void Drop(PeerSession session, DropCounters drops)
    {
        if (Take(session) is not { } packets) return;
        drops.Add(DropReason.NoPeerSession, packets.Weight().Packets);
        packets.Release();
    }

    /// <summary>A packet with its tails becomes one piece, as a TUN would have given it.</summary>
    private static bool TryCopy(PeerSession session, PacketBatch batch, int index, PacketPool pool)
    {
        var pieces = 1 + batch.TailsOf(index);
        var length = 0;
        for (var piece = index; piece < index + pieces; piece++) length += batch[piece].Length;
        if (session.Staged is null)
        {
            if (!pool.TryLease(out var lease)) return false;
            session.Staged = lease;
        }

        var staged = session.Staged;
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
}
