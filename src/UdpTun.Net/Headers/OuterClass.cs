// Stage: the UDP end, in front of sealing and behind opening. Thread: event loop. Memory: the burst's, headers rewritten in place.
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;

namespace UdpTun.Net.Headers;

/// <summary>
/// What a datagram's header owes to the packet inside, and the other way round. ECN by RFC 6040 in normal mode. The code point goes from
/// the inner to the outer header, so that the path treats the tunnel's packets as it would the bare ones, and never back: networks
/// rewrite it for their own use, and the one that the sender chose is to leave the tunnel as it went in (RFC 2983 section 3.2).
/// </summary>
/// <param name="fixedDscp">
/// The code point of all datagrams, 0..63, which hides the packets' own from the path; null copies theirs.
/// </param>
public sealed class OuterClass(int? fixedDscp = null)
{
    private const int Copied = -1;

    private volatile int _dscp = fixedDscp ?? Copied;

    /// <summary>The code point of all datagrams, 0..63, or null: that of their packets. Any thread; heeded from the next batch on.</summary>
    public int? Dscp
    {
        get => _dscp == Copied ? null : _dscp;
        set => _dscp = value ?? Copied;
    }

    /// <summary>Says for each packet what its datagram is to bear: all ECN bits are copied, CE too (RFC 6040 section 4.1).</summary>
    public void Mark(PacketBatch batch)
    {
        var dscp = _dscp;
        for (var i = 0; i < batch.Count; i += 1 + batch.TailsOf(i))
        {
            var packet = batch[i];
            if (packet.Length == 0) continue;
            var inner = TrafficClass.Of(batch.Packet(i));
            batch.Move(i, packet with { OuterClass = dscp == Copied ? inner : inner.WithDscp(dscp) });
        }
    }

    /// <summary>
    /// Carries what the path did to each datagram's ECN over to its packet. One that met congestion and holds a packet that cannot be told
    /// is dropped, which its sender will notice.
    /// </summary>
    public static void Apply(PacketBurst burst, DropCounters drops)
    {
        for (var i = 0; i < burst.Count; i++)
        {
            var outer = burst.Packets[i].OuterClass;
            // The commonest by far, and it changes nothing.
            if (outer.Ecn == TrafficClass.NotEct || burst.Packets[i].Length == 0) continue;
            var packet = burst.Packet(i);
            var inner = TrafficClass.Of(packet);
            if (!TryCombine(inner.Ecn, outer.Ecn, out var ecn))
            {
                drops.Add(DropReason.CongestionUntold);
                burst.Drop(i);
            }
            else if (ecn != inner.Ecn)
            {
                inner.WithEcn(ecn).WriteTo(packet);
            }
        }
    }

    /// <summary>RFC 6040 section 4.2, figure 4; false where it says drop.</summary>
    /// <param name="inner">ECN of the packet inside.</param>
    /// <param name="outer">ECN that its datagram arrived with.</param>
    /// <param name="combined">ECN that the packet is to go on with.</param>
    public static bool TryCombine(byte inner, byte outer, out byte combined)
    {
        combined = (inner, outer) switch
        {
            (TrafficClass.NotEct, _) => TrafficClass.NotEct,
            (_, TrafficClass.Ce) => TrafficClass.Ce,
            // The path's milder sign of congestion, where the codes of ECT mean two degrees of it (RFC 6660).
            (TrafficClass.Ect0, TrafficClass.Ect1) => TrafficClass.Ect1,
            _ => inner,
        };
        return (inner, outer) is not (TrafficClass.NotEct, TrafficClass.Ce);
    }
}
