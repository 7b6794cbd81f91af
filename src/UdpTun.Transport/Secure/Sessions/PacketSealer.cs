// Stage: between a peer's packets and its datagrams. Thread: event loop. Memory: uses up the batch where it lies, writes into leased bursts.
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Offload;

namespace UdpTun.Transport.Secure.Sessions;

/// <summary>
/// Makes datagrams out of a batch. A super-packet is cut here, since each segment has keys' counter and tag of its own: its header is written
/// right in front of its payload, over the end of the segment before it, which has been sealed by then; so both are encrypted in one piece
/// (ADR 0022) out of the batch into the datagram, and nothing is copied. Datagrams of one size stay in a row, which one call sends.
/// </summary>
/// <param name="mtu">The longest inner packet.</param>
internal sealed class PacketSealer(int mtu)
{
    public void Seal(PeerSession session, KeyPair pair, PacketBatch batch, SealedRow row, in TransportTurn turn)
    {
        var (packets, bytes) = (0, 0L);
        row.Begin(session.Peer.Endpoint);
        for (var i = 0; i < batch.Count; i += 1 + batch.TailsOf(i))
        {
            if (batch[i].Length == 0) continue;
            var (datagrams, length) = batch[i].Offload.Kind == SegmentKind.None
                ? SealPacket(pair, batch, i, row, turn) : SealSegments(pair, batch, i, row, turn);
            (packets, bytes) = (packets + datagrams, bytes + length);
        }

        row.End();
        if (packets == 0) return;
        session.Sent.Add(packets, bytes);
        session.Stamps.OnSent(turn.Now, hasPacket: true);
    }

    public void SealKeepalive(PeerSession session, KeyPair pair, SealedRow row, in TransportTurn turn)
    {
        var length = KeyPair.DatagramBytes(0, mtu);
        row.Begin(session.Peer.Endpoint);
        if (!row.TryPlace(length, turn.Sealed, out var datagram) || !pair.TrySeal([], datagram)) return;
        row.Append(length, default);
        row.End();
        session.Sent.Add(1, length);
        session.Stamps.OnSent(turn.Now, hasPacket: false);
    }

    private (int Datagrams, int Bytes) SealPacket(KeyPair pair, PacketBatch batch, int index, SealedRow row, in TransportTurn turn)
    {
        var packet = batch.Packet(index);
        if (batch[index].Offload.ChecksumPending) Checksums.Finish(packet, batch[index].Offload);
        var length = KeyPair.DatagramBytes(packet.Length, mtu);
        if (!row.TryPlace(length, turn.Sealed, out var datagram)) return Lose(turn, DropReason.QueueFull, 1);
        if (!TrySeal(pair, batch.Bytes, batch[index].Offset, packet.Length, datagram)) return Lose(turn, DropReason.NoPeerSession, 1);
        row.Append(length, batch[index].OuterClass);
        return (1, length);
    }

    private (int Datagrams, int Bytes) SealSegments(KeyPair pair, PacketBatch batch, int index, SealedRow row, in TransportTurn turn)
    {
        var (offload, total, bytes) = (batch[index].Offload, batch.SegmentsOf(index), 0);
        Span<byte> model = stackalloc byte[offload.HeaderLength]; // what lies in the batch may be written over where segments are short
        batch.Packet(index)[..model.Length].CopyTo(model);
        var super = new SuperPacket(model, offload);
        for (var segment = 0; segment < total; segment++)
        {
            var (offset, payloadLength) = batch.PayloadOf(index, segment);
            var length = KeyPair.DatagramBytes(offload.HeaderLength + payloadLength, mtu);
            if (!row.TryPlace(length, turn.Sealed, out var datagram))
            {
                Lose(turn, DropReason.QueueFull, total - segment);
                return (segment, bytes);
            }

            var start = offset - model.Length;
            super.WriteHeader(
                segment, segment * offload.SegmentSize, batch.Bytes.AsSpan(offset, payloadLength), segment == total - 1,
                batch.Bytes.AsSpan(start, model.Length));
            if (!TrySeal(pair, batch.Bytes, start, model.Length + payloadLength, datagram))
            {
                Lose(turn, DropReason.NoPeerSession, total - segment);
                return (segment, bytes);
            }

            row.Append(length, batch[index].OuterClass);
            bytes += length;
        }

        return (total, bytes);
    }

    /// <summary>Seals a packet with zeros behind it; what lay there, another's bytes or the packet's tailroom, is put back.</summary>
    private static bool TrySeal(KeyPair pair, byte[] bytes, int start, int length, Span<byte> datagram)
    {
        var padded = bytes.AsSpan(start, datagram.Length - KeyPair.HeaderBytes - KeyPair.TagBytes);
        var padding = padded[length..];
        if (padding.IsEmpty) return pair.TrySeal(padded, datagram);
        Span<byte> behind = stackalloc byte[padding.Length];
        padding.CopyTo(behind);
        padding.Clear();
        var isSealed = pair.TrySeal(padded, datagram);
        behind.CopyTo(padding);
        return isSealed;
    }

    private static (int Datagrams, int Bytes) Lose(in TransportTurn turn, DropReason reason, int packets)
    {
        turn.Drops.Add(reason, packets);
        return default;
    }
}
