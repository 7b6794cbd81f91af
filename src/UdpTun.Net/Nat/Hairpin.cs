// Stage: after a session's translation outbound, before another's inbound. Thread: the loop. Memory: rewrites the batch's bytes in
// place; nothing allocated.
using System.Buffers.Binary;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Icmp;

namespace UdpTun.Net.Nat;

/// <summary>
/// Lets one client reach another by the address and port that the internet knows it by (RFC 4787 section 6, REQ-9; RFC 5382 REQ-8). What a
/// session has translated on its way out is turned round before it leaves: it then looks as if it came in from the external address,
/// so that the other client sees the sender's outer endpoint and may answer it the same way. TCP, UDP and the
/// ICMP errors about them (RFC 5508 section 7.2, REQ-7), IPv4 and IPv6.
/// </summary>
/// <param name="table">Whose mappings are meant.</param>
/// <param name="addresses">What the internet knows its outer addresses by: all of a family or none.</param>
/// <param name="isForeign">Whether a port belongs to another shard, whose mappings cannot be asked for here; null: there is none.</param>
public sealed class Hairpin(NatTable table, ExternalAddresses addresses, Func<ushort, bool>? isForeign = null)
{
    /// <summary>
    /// Whether a flow of a client leads to another client: to an external address at a port that a mapping has, or that another shard may
    /// have given to one.
    /// </summary>
    public bool Leads(in FlowKey flow) =>
        addresses.TryGetOuter(flow.Destination.Address, out var outer)
        && (table.IsMapped(flow.Protocol, new InetEndpoint(outer, flow.Destination.Port))
            || isForeign?.Invoke(flow.Destination.Port) == true);

    /// <summary>
    /// Whether a flow asks the external address itself for an echo. Behind one address the identifier leads back to the client that asks, so the
    /// answer can be given here (RFC 7857 section 12).
    /// </summary>
    public bool IsPingOfExternal(in FlowKey flow) =>
        flow.Protocol is IpProtocol.Icmp or IpProtocol.IcmpV6 && flow.Destination.Port == 0
        && addresses.TryGetOuter(flow.Destination.Address, out _);

    /// <summary>Whether a flow that comes in has been turned round: nobody in the internet has our address for its source.</summary>
    public bool IsTurned(in FlowKey flow) => addresses.TryGetOuter(flow.Source.Address, out _);

    /// <summary>The flow that a session's packets become part of once they are turned round.</summary>
    /// <param name="session">One whose flow <see cref="Leads"/>.</param>
    public FlowKey Turned(NatSession session)
    {
        var (source, destination) = TurnedAddresses(session);
        return new FlowKey(
            session.Mapping.Protocol, new InetEndpoint(source, session.Mapping.Outer.Port), new InetEndpoint(destination, session.Remote.Port));
    }

    /// <summary>
    /// Turns a packet round that the session has translated. Either its two addresses change places, one for the other, or they are
    /// external already (<see cref="ExternalAddresses"/>), so neither checksum changes but for the time to live, which a packet that
    /// goes on loses a hop of (RFC 1812 section 5.3.1).
    /// </summary>
    /// <remarks>
    /// An error about the flow quotes a packet that was turned round on its way here: the quoted addresses change with the others, back to what
    /// they were when its sender's session let it out.
    /// </remarks>
    /// <returns>None, UnsupportedIcmp for an error about another flow, or TimeToLiveExceeded; the packet is then untouched.</returns>
    public DropReason Turn(Span<byte> packet, NatSession session)
    {
        var quote = 0;
        if (IpHeader.TryLocate(packet, out var ip) != DropReason.None) return DropReason.UnsupportedIcmp;
        if (ip.Protocol != (byte)session.Mapping.Protocol && !TryFindQuote(ip, session, out quote)) return DropReason.UnsupportedIcmp;
        if (ip.TimeToLive <= 1) return DropReason.TimeToLiveExceeded;

        var isV4 = ip.IsV4;
        if (isV4) LoseHopV4(packet);
        else packet[IpHeader.V6HopLimitOffset]--; // RFC 8200 section 3; no checksum covers it
        var (source, destination) = TurnedAddresses(session);
        source.WriteTo(packet[NatTranslator.SourceOffset(isV4)..]);
        destination.WriteTo(packet[NatTranslator.DestinationOffset(isV4)..]);
        if (quote == 0) return DropReason.None;
        destination.WriteTo(packet[(quote + NatTranslator.SourceOffset(isV4))..]);
        source.WriteTo(packet[(quote + NatTranslator.DestinationOffset(isV4))..]);
        return DropReason.None;
    }

    private static bool TryFindQuote(IpHeader ip, NatSession session, out int offset)
    {
        offset = 0;
        if (!IcmpError.IsError((IpProtocol)ip.Protocol, ip.Payload) || IcmpError.TryParse(ip, out var error) != DropReason.None) return false;
        offset = error.QuoteOffset;
        return error.Quoted == new FlowKey(session.Mapping.Protocol, session.Remote, session.Mapping.Outer);
    }

    private static void LoseHopV4(Span<byte> packet)
    {
        var hops = packet.Slice(IpHeader.V4TimeToLiveOffset, 2); // with the protocol it is one word of the checksum
        var before = BinaryPrimitives.ReadUInt16BigEndian(hops);
        packet[IpHeader.V4TimeToLiveOffset]--;
        var checksum = packet.Slice(IpHeader.V4ChecksumOffset, 2);
        BinaryPrimitives.WriteUInt16BigEndian(checksum, InternetChecksum.Update(
            BinaryPrimitives.ReadUInt16BigEndian(checksum), before, BinaryPrimitives.ReadUInt16BigEndian(hops)));
    }

    private (InetAddress Source, InetAddress Destination) TurnedAddresses(NatSession session)
    {
        addresses.TryGetExternal(session.Mapping.Outer.Address, out var source);
        addresses.TryGetOuter(session.Remote.Address, out var destination);
        return (source, destination);
    }
}
