// Stage: around the translation of a tapped session. Thread: the loop. Memory: see PacketTap.
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;

namespace UdpTun.Net.Treatment.Capture;

/// <summary>
/// One session's share of a tap: <see cref="Arrive"/> before a batch is translated, <see cref="Drop"/> for what goes no further, and
/// <see cref="Leave"/> behind it.
/// </summary>
/// <param name="tap">Where the copies go; may serve other sessions too.</param>
/// <param name="session">The session.</param>
/// <param name="client">Where its client is outside the tunnel.</param>
/// <param name="isNew">Whether the next packet is the one that the session was opened for.</param>
public sealed class SessionTap(PacketTap tap, NatSession session, InetEndpoint client, bool isNew)
{
    private readonly int[] _notes = new int[PacketBurst.MaxPackets];
    private bool _isFirst = true;
    private long _number;

    public PacketTap Tap => tap;

    /// <summary>Tells the tap whose packets it gets; false when it has them already.</summary>
    internal bool Join() => tap.Sessions.Add(session);

    /// <summary>Copies the batch as it has come.</summary>
    public void Arrive(PacketBatch packets, bool outbound, TimeSpan now)
    {
        _number = tap.Number(packets.Count);
        for (var i = 0; i < packets.Count; i++)
        {
            _notes[i] = packets[i].Length > 0 && !packets[i].IsTail ? tap.Copy(packets, i, NextNote(i, outbound, now)) : PacketTap.NoNote;
        }
    }

    /// <summary>Says why packet <paramref name="index"/> of the batch goes no further.</summary>
    public void Drop(int index, DropReason reason) => tap.NoteDrop(_notes[index], reason);

    /// <summary>Says of all packets that have arrived and are no longer in the batch why that is.</summary>
    public void NoteGone(PacketBatch packets, DropReason reason)
    {
        for (var i = 0; i < packets.Count; i++)
            if (packets[i].Length == 0) Drop(i, reason);
    }

    /// <summary>Copies what goes on, translated, and shows both views to the writer.</summary>
    public void Leave(PacketBatch packets, bool outbound, TimeSpan now)
    {
        for (var i = 0; i < packets.Count; i++)
        {
            if (packets[i].Length > 0 && !packets[i].IsTail) tap.Copy(packets, i, LeavingNote(i, outbound, now));
        }

        tap.Ring.Publish();
    }

    /// <summary>Copies a finished packet that goes no further before it has come to the translation.</summary>
    public void Lose(ReadOnlySpan<byte> packet, bool outbound, TimeSpan now, DropReason reason)
    {
        _number = tap.Number(1);
        tap.Copy(packet, NextNote(0, outbound, now) with { Reason = reason });
        tap.Ring.Publish();
    }

    private CapturedPacket NextNote(int index, bool outbound, TimeSpan now)
    {
        var note = Note(index, outbound, now) with { Side = outbound ? CaptureSide.Inner : CaptureSide.Outer, IsFirst = _isFirst, OpensSession = _isFirst && isNew };
        _isFirst = false;
        return note;
    }

    private CapturedPacket LeavingNote(int index, bool outbound, TimeSpan now) =>
        Note(index, outbound, now) with { Side = outbound ? CaptureSide.Outer : CaptureSide.Inner, IsLeaving = true };

    private CapturedPacket Note(int index, bool outbound, TimeSpan now) => new()
    {
        At = now,
        Number = _number + index,
        Session = session.Id.Value,
        Client = client,
        Inner = session.Mapping.Inner,
        Outer = session.Mapping.Outer,
        Protocol = session.Mapping.Protocol,
        IsOutbound = outbound,
    };
}
