// Stage: behind the UDP socket, from one shard to another. Thread: the event loop of the shard that hands over. Memory: copies datagrams into
// bursts of the other shard's pool, which that shard releases.
using UdpTun.Actors.Messages;
using UdpTun.Net.Buffers;
using UdpTun.Transport.Secure;
using UdpTun.Transport.Secure.Commands;

namespace UdpTun.Actors.Routes.Shards;

/// <summary>
/// Takes datagrams to the shard that has their keys, which opens and delivers them as if its own socket had received them; they go once only, for
/// by their number they are at home there.
/// </summary>
/// <param name="group">The shards.</param>
/// <param name="own">The one that hands over.</param>
internal sealed class DatagramHandOver(ShardGroup group, int own) : IShardNeighbours
{
    private readonly HandedOverBursts _bursts = new(group, own, member => member.Udp);

    public void HandOver(PacketBurst burst, int index, int shard)
    {
        var datagram = burst.Packet(index);
        if (!_bursts.TryPlace(shard, datagram.Length, 1, out var there)) return;
        datagram.CopyTo(there.Bytes.AsSpan(there.NextOffset));
        there.AppendAt(there.NextOffset, datagram.Length, default, burst.Remotes[index], burst.Packets[index].OuterClass);
        group[own].Line.Traffic.HandedOver.Add(1, datagram.Length);
    }

    public void EndBurst() => _bursts.Tell();

    public void Send(SecureCommand.Answer answer, int shard) => group[shard].Udp.Tell(new ForTransport(answer), group[own].Udp);
}
