// Stage: beside the line; the opening and end of a mapping. Thread: event loop. Memory: holds no packets.
using Akka.Event;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;

namespace UdpTun.Actors.Nat;

/// <summary>
/// Writes down who had which outer endpoint from when to when, so that the owner of a server can answer for it: two short lines a mapping, and
/// never whom the client talks to (RFC 6888 section 4, REQ-12 and REQ-14).
/// </summary>
internal sealed class MappingLog(PeerRegistry peers, ILoggingAdapter log) : IMappingObserver
{
    public void Opened(NatMapping mapping) => log.Info("mapping opened: {Protocol} {Outer} is {Inner} of client {Client}",
        mapping.Protocol, mapping.Outer, mapping.Inner, NameOf(mapping.Client));

    public void Closed(NatMapping mapping) => log.Info("mapping closed: {Protocol} {Outer} was {Inner} of client {Client}",
        mapping.Protocol, mapping.Outer, mapping.Inner, NameOf(mapping.Client));

    private string NameOf(PeerId client) => peers.TryFind(client, out var peer) ? peer.Endpoint.ToString() : client.ToString();
}
