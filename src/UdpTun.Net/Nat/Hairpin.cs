// Stage: after a session's translation outbound, before another's inbound. Thread: the loop. Memory: rewrites the batch's bytes in
// place; nothing allocated.
using System.Buffers.Binary;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;

namespace UdpTun.Net.Nat;

/// <summary>
/// Lets one client reach another by the address and port that the internet knows it by (RFC 4787 section 6, REQ-9; RFC 5382 REQ-8). What a
/// session has translated on its way out is turned round before it leaves: it then looks as if it came in from the external address,
/// so that the other client sees the sender's outer endpoint and may answer it the same way. IPv4, TCP and UDP.
/// </summary>
/// <param name="table">Whose mappings are meant.</param>
/// <param name="external">The address that the internet sees.</param>
/// <param name="outer">The address that sessions translate to, behind it.</param>
public sealed class Hairpin(NatTable table, InetAddress external, InetAddress outer)
{
    /// <summary>Whether a flow of a client leads to another client: to the external address at a port that a mapping has.</summary>
    public bool Leads(in FlowKey flow) =>
        flow.Destination.Address == external && table.IsMapped(flow.Protocol, new InetEndpoint(outer, flow.Destination.Port));

    /// <summary>The flow that a session's packets become part of once they are turned round.</summary>
    public FlowKey Turned(NatSession session) => new(
        session.Mapping.Protocol, new InetEndpoint(external, session.Mapping.Outer.Port), new InetEndpoint(outer, session.Remote.Port));

    /// <summary>
    /// Turns a packet round that the session has translated. The two addresses change places, one for the other, so neither checksum
    /// changes but for the time to live, which a packet that goes on loses a hop of (RFC 1812 section 5.3.1).
    /// </summary>
    /// <returns>None, UnsupportedIcmp for an error about the flow, or TimeToLiveExceeded; the packet is then untouched.</returns>
    public DropReason Turn(Span<byte> packet, IpProtocol protocol)
    {
        if (packet[IpHeader.V4ProtocolOffset] != (byte)protocol) return DropReason.UnsupportedIcmp;
        if (packet[IpHeader.V4TimeToLiveOffset] <= 1) return DropReason.TimeToLiveExceeded;

        var hops = packet.Slice(IpHeader.V4TimeToLiveOffset, 2); // with the protocol it is one word of the checksum
        var before = BinaryPrimitives.ReadUInt16BigEndian(hops);
        packet[IpHeader.V4TimeToLiveOffset]--;
        var checksum = packet.Slice(IpHeader.V4ChecksumOffset, 2);
        BinaryPrimitives.WriteUInt16BigEndian(checksum, InternetChecksum.Update(
            BinaryPrimitives.ReadUInt16BigEndian(checksum), before, BinaryPrimitives.ReadUInt16BigEndian(hops)));
        external.WriteTo(packet[IpHeader.V4SourceOffset..]);
        outer.WriteTo(packet[IpHeader.V4DestinationOffset..]);
        return DropReason.None;
    }
}
