using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using UdpTun.Net.Counters;
using UdpTun.Net.Nat;
using UdpTun.Net.Offload;

namespace UdpTun.Net.Treatment.Capture;

/// <summary>
/// Makes a pcapng file of what a tap copies: super-packets cut into the packets they stand for, checksums finished, decisions as comments.
/// On one thread, another than the loop's.
/// </summary>
/// <param name="tap">Whose packets.</param>
/// <param name="output">Takes whole blocks.</param>
/// <param name="clockStart">The wall clock's time when the line's clock stood at 0.</param>
public sealed class CaptureWriter(PacketTap tap, IBufferWriter<byte> output, DateTimeOffset clockStart)
{
    private readonly PcapngWriter _file = new(output);
    private readonly byte[] _packet = new byte[64 << 10];
    private readonly long _startNanoseconds = (clockStart - DateTimeOffset.UnixEpoch).Ticks * 100;
    private (long Session, bool IsOutbound) _commented;
    private byte[] _translation = [];

    /// <summary>The file's head: one section, two interfaces.</summary>
    public void Begin()
    {
        _file.WriteSection("UdpTun");
        _file.WriteInterface("inner", "inside the tunnel, as the client's programs see it");
        _file.WriteInterface("outer", "behind the NAT, as the server's kernel sees it");
    }

    /// <summary>Writes what has been copied, about <paramref name="maxBytes"/> at most; false when there was nothing.</summary>
    public bool Write(int maxBytes)
    {
        var written = 0;
        while (written < maxBytes && tap.Ring.TryPeek(out var record))
        {
            written += Write(MemoryMarshal.Read<CapturedPacket>(record), record[Unsafe.SizeOf<CapturedPacket>()..]);
            tap.Ring.Consume(record.Length);
        }

        return written > 0;
    }

    /// <summary>Returns when there is something to write, or after a while.</summary>
    public Task WaitAsync(TimeSpan patience, CancellationToken stop) => tap.Ring.WaitAsync(patience, stop);

    /// <summary>What both interfaces have seen and missed until now.</summary>
    /// <param name="now">On the line's clock.</param>
    public void WriteStatistics(TimeSpan now)
    {
        foreach (var side in (ReadOnlySpan<CaptureSide>)[CaptureSide.Inner, CaptureSide.Outer])
            _file.WriteStatistics((int)side, Nanoseconds(now), tap.Seen(side).Packets, tap.Missed(side).Packets);
    }

    private int Write(in CapturedPacket note, ReadOnlySpan<byte> packet)
    {
        var comment = CommentOn(note);
        var comesIn = note.IsOutbound == (note.Side == CaptureSide.Inner);
        var cutter = new PacketCutter(packet, note.Offload);
        while (cutter.TryNext(_packet, out var length))
            _file.WritePacket((int)note.Side, Nanoseconds(note.At), _packet.AsSpan(0, length), comesIn, note.Number, comment);
        return packet.Length;
    }

    private ReadOnlySpan<byte> CommentOn(in CapturedPacket note)
    {
        if (note.IsLeaving)
        {
            // Made once for many: packets of one session and one way follow each other.
            if (_commented != (note.Session, note.IsOutbound)) _translation = Encoding.UTF8.GetBytes(Translation(note));
            _commented = (note.Session, note.IsOutbound);
            return _translation;
        }

        if (note.Session == 0)
            return Encoding.UTF8.GetBytes($"dropped, {note.Reason}: no session for {note.Protocol} {note.Inner} > {note.Outer} of client {note.Client}");
        if (!note.IsFirst && note.Reason == DropReason.None) return [];
        var opening = !note.IsFirst ? ""
            : note.OpensSession ? $"opened session {NameOf(note)} for client {note.Client}: {note.Inner} leaves as {note.Outer}"
            : $"session {NameOf(note)} of client {note.Client}, open before the tap: {note.Inner} leaves as {note.Outer}";
        var drop = note.Reason == DropReason.None ? "" : $"{NameOf(note)}: dropped, {note.Reason}";
        return Encoding.UTF8.GetBytes(opening.Length > 0 && drop.Length > 0 ? $"{opening}; {drop}" : opening + drop);
    }

    private static string Translation(in CapturedPacket note) => note.IsOutbound
        ? $"{NameOf(note)}: source {note.Inner} translated to {note.Outer}"
        : $"{NameOf(note)}: destination {note.Outer} translated to {note.Inner}";

    private static string NameOf(in CapturedPacket note) => NatSession.NameOf(note.Protocol, new SessionId(note.Session));

    private long Nanoseconds(TimeSpan at) => _startNanoseconds + (at.Ticks * 100);
}
