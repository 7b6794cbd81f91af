using Akka.Event;
using UdpTun.Net.Counters;

namespace UdpTun.Actors.Tunnel;

/// <summary>How things are, in a line of the log; with several shards there is another about how they share the work.</summary>
internal sealed class Summary(IReadOnlyList<Shard> shards)
{
    public void Log(ILoggingAdapter log)
    {
        var (fromTun, toTun) = (Sum(traffic => traffic.FromTun), Sum(traffic => traffic.ToTun));
        var (fromUdp, toUdp) = (Sum(traffic => traffic.FromUdp), Sum(traffic => traffic.ToUdp));
        var drops = shards[0].Line.Drops; // one for all of them
        log.Log(LogLevel.InfoLevel, "summary: clients {Clients}, sessions {Sessions}, "
            + "TUN in {FromTunPackets} packets {FromTunBytes} bytes, TUN out {ToTunPackets} packets {ToTunBytes} bytes, "
            + "UDP in {FromUdpPackets} packets {FromUdpBytes} bytes, UDP out {ToUdpPackets} packets {ToUdpBytes} bytes, drops {Drops}",
            [
                shards.Sum(shard => shard.Role.ClientCount ?? 0), shards.Sum(shard => shard.Role.SessionCount ?? 0),
                fromTun.Packets, fromTun.Bytes, toTun.Packets, toTun.Bytes,
                fromUdp.Packets, fromUdp.Bytes, toUdp.Packets, toUdp.Bytes,
                drops.Total == 0 ? "none" : drops.ToString(),
            ]);
        if (shards.Count == 1) return;
        log.Info("shards: clients {ShardClients}, sessions {ShardSessions}, handed over {HandedOver} packets",
            Each(shard => shard.Role.ClientCount ?? 0), Each(shard => shard.Role.SessionCount ?? 0),
            Sum(traffic => traffic.HandedOver).Packets);
    }

    private string Each(Func<Shard, int> count) => string.Join(" + ", shards.Select(count));

    private (long Packets, long Bytes) Sum(Func<LineTraffic, TrafficCounters> which) =>
        (shards.Sum(shard => which(shard.Line.Traffic).Packets), shards.Sum(shard => which(shard.Line.Traffic).Bytes));
}
