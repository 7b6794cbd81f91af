// Stage: around the translation of a tapped session. Thread: the loop, which fills; the counts may be read from any. Memory: copies packets
// into a ring of fixed size; keeps nothing of the batch.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;

namespace UdpTun.Net.Treatment.Capture;

/// <summary>
/// Copies the packets of one or many sessions as they arrive and as they leave, for a <see cref="CaptureWriter"/> on another thread. What
/// finds no room is counted, never waited for.
/// </summary>
/// <param name="capacity">Bytes of the ring between the two, a power of two.</param>
public sealed class PacketTap(int capacity = PacketTap.DefaultCapacity)
{
    /// <summary>A tenth of a second of both views of 1 Gbit/s.</summary>
    public const int DefaultCapacity = 32 << 20;

    private readonly TrafficCounters[] _seen = [new(), new()];
    private readonly TrafficCounters[] _missed = [new(), new()];
    private long _number;

    /// <summary>What <see cref="Copy(PacketBatch, int, CapturedPacket)"/> returns when nothing was copied.</summary>
    internal const int NoNote = -1;

    /// <summary>Whose packets are copied. On the loop's thread.</summary>
    internal HashSet<NatSession> Sessions { get; } = [];

    internal PacketRing Ring { get; } = new(capacity);

    /// <summary>Packets of a side as they are on a wire, the missed ones included.</summary>
    public TrafficCounters Seen(CaptureSide side) => _seen[(int)side];

    /// <summary>Packets of a side that found no room.</summary>
    public TrafficCounters Missed(CaptureSide side) => _missed[(int)side];

    /// <summary>Lets go of all sessions: nothing is copied any more. On the loop's thread.</summary>
    public void End()
    {
        foreach (var session in Sessions)
        {
            session.Treatment?.Remove(this);
            if (session.Treatment is { IsOver: true }) session.Treatment = null;
        }

        Sessions.Clear();
        Wake();
    }

    /// <summary>Wakes a writer that waits for news. Any thread.</summary>
    public void Wake() => Ring.Wake();

    /// <summary>Copies packets that no session was opened for.</summary>
    public void CopyRefused(
        PacketBatch packets, in FlowKey flow, InetEndpoint client, bool outbound, TimeSpan now, DropReason reason)
    {
        var number = Number(packets.Count);
        for (var i = 0; i < packets.Count; i++)
        {
            if (packets[i].Length == 0 || packets[i].IsTail) continue;
            Copy(packets, i, new CapturedPacket
            {
                At = now,
                Number = number + i,
                Client = client,
                Inner = flow.Source,
                Outer = flow.Destination,
                Protocol = flow.Protocol,
                Side = outbound ? CaptureSide.Inner : CaptureSide.Outer,
                IsOutbound = outbound,
                Reason = reason,
            });
        }

        Ring.Publish();
    }

    /// <summary>Numbers the packets of a batch; the first one's.</summary>
    internal long Number(int packets) => (_number += packets) - packets;

    /// <summary>Copies packet <paramref name="index"/> of a batch with its tails; returns where its note lies, or <see cref="NoNote"/>.</summary>
    internal int Copy(PacketBatch packets, int index, CapturedPacket note)
    {
        var (count, wireBytes) = packets.WeightOf(index);
        var pieces = 1 + packets.TailsOf(index);
        var bytes = 0;
        for (var piece = index; piece < index + pieces; piece++) bytes += packets[piece].Length;
        note.Offload = packets[index].Offload;
        if (!TryBegin(bytes, count, wireBytes, note, out var at)) return NoNote;
        var room = Ring.At(at)[Unsafe.SizeOf<CapturedPacket>()..];
        for (var piece = index; piece < index + pieces; piece++)
        {
            packets.Packet(piece).CopyTo(room);
            room = room[packets[piece].Length..];
        }

        return at;
    }

    /// <summary>Copies one finished packet.</summary>
    internal void Copy(ReadOnlySpan<byte> packet, in CapturedPacket note)
    {
        if (TryBegin(packet.Length, 1, packet.Length, note, out var at)) packet.CopyTo(Ring.At(at)[Unsafe.SizeOf<CapturedPacket>()..]);
    }

    /// <summary>Notes why a packet that has been copied goes no further. Before the next <see cref="PacketRing.Publish"/>.</summary>
    internal void NoteDrop(int at, DropReason reason)
    {
        if (at >= 0) MemoryMarshal.AsRef<CapturedPacket>(Ring.At(at)).Reason = reason;
    }

    private bool TryBegin(int bytes, int packets, int wireBytes, in CapturedPacket note, out int at)
    {
        _seen[(int)note.Side].Add(packets, wireBytes);
        if (Ring.TryReserve(Unsafe.SizeOf<CapturedPacket>() + bytes, out at))
        {
            MemoryMarshal.Write(Ring.At(at), note);
            return true;
        }

        _missed[(int)note.Side].Add(packets, wireBytes);
        return false;
    }
}
