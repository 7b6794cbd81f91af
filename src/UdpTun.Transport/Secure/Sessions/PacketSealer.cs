// Stage: between a peer's packets and its datagrams. Thread: event loop. Memory: reads the batch where it lies, writes into leased bursts.
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Offload;

namespace UdpTun.Transport.Secure.Sessions;

/// <summary>
/// Makes datagrams out of a batch. A super-packet is cut here, since each segment has keys' counter and tag of its own: its header is written
/// where the datagram will lie, its payload copied behind it, and both encrypted there at once: in two pieces that would cost more than the copy
/// (ADR 0022). Datagrams of one size stay in a row, which one call sends.
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
        if (!row.TryPlace(length, turn.Sealed, out var datagram) || !pair.TrySeal(datagram, 0)) return;
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
        packet.CopyTo(datagram[KeyPair.HeaderBytes..]);
        if (!pair.TrySeal(datagram, packet.Length)) return Lose(turn, DropReason.NoPeerSession, 1);
        row.Append(length, batch[index].OuterClass);
        return (1, length);
    }

    private (int Datagrams, int Bytes) SealSegments(KeyPair pair, PacketBatch batch, int index, SealedRow row, in TransportTurn turn)
    {
        var (offload, total, bytes) = (batch[index].Offload, batch.SegmentsOf(index), 0);
        var super = new SuperPacket(batch.Packet(index), offload);
        for (var segment = 0; segment < total; segment++)
        {
            var (offset, payloadLength) = batch.PayloadOf(index, segment);
            var length = KeyPair.DatagramBytes(offload.HeaderLength + payloadLength, mtu);
            if (!row.TryPlace(length, turn.Sealed, out var datagram))
            {
                Lose(turn, DropReason.QueueFull, total - segment);
                return (segment, bytes);
            }

            var payload = batch.Bytes.AsSpan(offset, payloadLength);
            var header = datagram.Slice(KeyPair.HeaderBytes, offload.HeaderLength);
            super.WriteHeader(segment, segment * offload.SegmentSize, payload, segment == total - 1, header);
            payload.CopyTo(datagram[(KeyPair.HeaderBytes + header.Length)..]);
            if (!pair.TrySeal(datagram, header.Length + payload.Length))
            {
                Lose(turn, DropReason.NoPeerSession, total - segment);
                return (segment, bytes);
            }

            row.Append(length, batch[index].OuterClass);
            bytes += length;
        }

        return (total, bytes);
    }

    private static (int Datagrams, int Bytes) Lose(in TransportTurn turn, DropReason reason, int packets)
    {
        turn.Drops.Add(reason, packets);
        return default;
    }
}
