using UdpTun.Net.Counters;

namespace UdpTun.Actors.Tunnel;

/// <summary>How things are, for the log: a line, and with several shards another about how they share the work.</summary>
/// <param name="Template">With a name for each value, as loggers take it.</param>
/// <param name="Values">In the order of the names.</param>
public sealed record Summary(string Template, object[] Values)
{
    /// <summary>The lines at present.</summary>
    public static IEnumerable<Summary> Of(IReadOnlyList<Shard> shards)
    {
        var (fromTun, toTun) = (Sum(traffic => traffic.FromTun), Sum(traffic => traffic.ToTun));
        var (fromUdp, toUdp) = (Sum(traffic => traffic.FromUdp), Sum(traffic => traffic.ToUdp));
        var drops = shards[0].Line.Drops; // one for all of them
        yield return new Summary(
            "summary: clients {Clients}, sessions {Sessions}, "
            + "TUN in packets {FromTunPackets} bytes {FromTunBytes}, TUN out packets {ToTunPackets} bytes {ToTunBytes}, "
            + "UDP in packets {FromUdpPackets} bytes {FromUdpBytes}, UDP out packets {ToUdpPackets} bytes {ToUdpBytes}, drops {Drops:l}",
            [
                shards.Sum(shard => shard.Role.ClientCount ?? 0), shards.Sum(shard => shard.Role.SessionCount ?? 0),
                fromTun.Packets, fromTun.Bytes, toTun.Packets, toTun.Bytes,
                fromUdp.Packets, fromUdp.Bytes, toUdp.Packets, toUdp.Bytes,
                drops.Total == 0 ? "none" : drops.ToString(),
            ]);
        if (shards.Count == 1) yield break;
        yield return new Summary(
            "shards: clients {ShardClients:l}, sessions {ShardSessions:l}, packets handed over {HandedOver}",
            [Each(shard => shard.Role.ClientCount ?? 0), Each(shard => shard.Role.SessionCount ?? 0), Sum(traffic => traffic.HandedOver).Packets]);

        string Each(Func<Shard, int> count) => string.Join(" + ", shards.Select(count));
        (long Packets, long Bytes) Sum(Func<LineTraffic, TrafficCounters> which) =>
            (shards.Sum(shard => which(shard.Line.Traffic).Packets), shards.Sum(shard => which(shard.Line.Traffic).Bytes));
    }
}
