// Stage: beside the gateway; the server's own pings. Thread: event loop. Memory: leases a burst for each request, which the UDP endpoint
// releases.
using System.Buffers.Binary;
using System.Security.Cryptography;
using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;
using UdpTun.Net.Icmp;
using UdpTun.Net.Peers;

namespace UdpTun.Actors.Nat;

/// <summary>Pings peers through the tunnel, from the gateway address, and tells who asked how long the echo took.</summary>
/// <param name="line">Buffers and time.</param>
/// <param name="udp">Takes the requests.</param>
/// <param name="peers">Who can be pinged.</param>
/// <param name="gateways">The gateway's addresses.</param>
internal sealed class PeerPings(LineContext line, IActorRef udp, IPeerRegistry peers, IReadOnlyList<InetAddress> gateways)
{
    /// <summary>Data bytes of a request at least: what tells its reply from another.</summary>
    public const int LeastBytes = sizeof(long);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Dictionary<(ushort Identifier, ushort Sequence), Pending> _pending = [];
    private readonly ushort _identifier = (ushort)RandomNumberGenerator.GetInt32(1, ushort.MaxValue);
    private ushort _sequence;

    private sealed record Pending(IActorRef Asker, Peer Peer, InetAddress Inner, long Token, TimeSpan SentAt);

    public bool AreAwaited => _pending.Count > 0;

    /// <summary>Sends a request, or tells the asker why not.</summary>
    public void Send(PingPeer ping, IActorRef asker)
    {
        ForgetLost();
        var found = peers.Find(ping.Peer);
        if (found is not [var peer])
        {
            asker.Tell(new PeerNotFound([.. found.Select(match => match.Endpoint.ToString())]));
            return;
        }

        if (AddressOf(peer, ping.Peer) is not { } inner)
            asker.Tell(new PeerNotPinged(peer.Name, "has sent no packet yet that shows its address inside the tunnel"));
        else if (gateways.FirstOrDefault(gateway => gateway.IsV4 == inner.IsV4) is var from && from == default)
            asker.Tell(new PeerNotPinged(peer.Name, $"is {inner} inside the tunnel, and the gateway has no address of that family"));
        else if (!line.Pool.TryLease(out var burst))
            asker.Tell(new PeerNotPinged(peer.Name, "finds no free packet buffer at the server: the line is full"));
        else
            Send(burst, from, inner, peer, ping.Bytes, asker);
    }

    /// <summary>Whether the packet is the reply to one of our pings; its asker is told then.</summary>
    public bool TryTake(ReadOnlySpan<byte> packet, bool checksumPending, PeerId from)
    {
        if (!EchoMessage.TryReadReply(packet, checksumPending, out var identifier, out var sequence, out var data)) return false;
        if (!_pending.TryGetValue((identifier, sequence), out var pending) || pending.Peer.Id != from) return false;
        if (data.Length < LeastBytes || BinaryPrimitives.ReadInt64BigEndian(data) != pending.Token) return false;
        _pending.Remove((identifier, sequence));
        pending.Asker.Tell(new PeerPinged(pending.Peer.Endpoint.ToString(), pending.Inner.ToString(), line.Now - pending.SentAt));
        return true;
    }

    private void Send(PacketBurst burst, InetAddress from, InetAddress inner, Peer peer, int bytes, IActorRef asker)
    {
        Span<byte> data = stackalloc byte[Math.Clamp(bytes, LeastBytes, 1024)];
        for (var i = 0; i < data.Length; i++) data[i] = (byte)i;
        var token = BinaryPrimitives.ReadInt64BigEndian(RandomNumberGenerator.GetBytes(sizeof(long)));
        BinaryPrimitives.WriteInt64BigEndian(data, token);
        _pending[(_identifier, ++_sequence)] = new Pending(asker, peer, inner, token, line.Now);
        burst.Append(EchoMessage.WriteRequest(burst.Bytes.AsSpan(burst.NextOffset), from, inner, _identifier, _sequence, data));
        var request = burst.Share(0, 1, peer.Endpoint, peer.Id);
        burst.Release();
        udp.Tell(new FlowBatch(request, default, default, Direction.Inbound), ActorRefs.NoSender);
    }

    private static InetAddress? AddressOf(Peer peer, string name) =>
        InetAddress.TryParse(name, out var inner) && (peer.InnerV4 == inner || peer.InnerV6 == inner) ? inner : peer.InnerV4 ?? peer.InnerV6;

    private void ForgetLost()
    {
        foreach (var (key, pending) in _pending)
            if (line.Now - pending.SentAt > Patience) _pending.Remove(key);
    }
}
