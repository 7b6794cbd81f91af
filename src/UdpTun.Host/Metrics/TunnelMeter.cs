using System.Diagnostics.Metrics;
using UdpTun.Actors.EventLoop;
using UdpTun.Actors.Tunnel;
using UdpTun.Host.Journal;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using KeyValue = System.Collections.Generic.KeyValuePair<string, object?>;

namespace UdpTun.Host.Metrics;

/// <summary>
/// What the tunnel counts anyway, as instruments of the semantic conventions. All of them are observed: reading costs whoever asks, counting costs
/// no packet more than before. Labels are bounded by the program itself: none names a flow or a peer.
/// </summary>
internal sealed class TunnelMeter : IDisposable
{
    public const string Name = "UdpTun";

    private const string Direction = "network.io.direction";
    private const string End = "udptun.end";
    private const string ShardNumber = "udptun.shard";

    private readonly Meter _meter = new(Name, typeof(TunnelMeter).Assembly.GetName().Version?.ToString(3));
    private readonly IReadOnlyList<Shard> _shards;
    private readonly IReadOnlyList<EventLoop> _loops;
    private readonly TunnelStatus _status;
    private readonly DropCounters _drops;

    /// <param name="shards">Whose counters are read.</param>
    /// <param name="loops">The loops of the shards.</param>
    /// <param name="status">How the devices are.</param>
    /// <param name="journal">The mapping journal; null where none is kept.</param>
    public TunnelMeter(IReadOnlyList<Shard> shards, IReadOnlyList<EventLoop> loops, TunnelStatus status, JournalWriter? journal)
    {
        (_shards, _loops, _status, _drops) = (shards, loops, status, shards[0].Line.Drops); // one for all shards
        AddEnds();
        AddServing();
        AddLoops();
        if (journal is not null) AddJournal(journal);
    }

    public void Dispose() => _meter.Dispose();

    private void AddEnds()
    {
        _meter.CreateObservableCounter("udptun.network.io", () => OfEnds(traffic => traffic.Bytes), "By",
            "Bytes of IP packets that crossed an end of the line, without what carries them; what is sealed counts as it is sent");
        _meter.CreateObservableCounter("udptun.network.packet.count", () => OfEnds(traffic => traffic.Packets), "{packet}",
            "IP packets that crossed an end of the line");
        _meter.CreateObservableCounter("udptun.network.packet.dropped", Dropped, "{packet}",
            "IP packets that went no further, by reason");
        _meter.CreateObservableUpDownCounter("udptun.device.count", DevicesByState, "{device}",
            "TUN queues and sockets that the line is made of");
        _meter.CreateObservableCounter("udptun.device.lost", () => _status.Devices.Sum(device => device.Losses), "{loss}",
            "How often a TUN or socket went away under the line");
    }

    private void AddServing()
    {
        if (_shards.Any(shard => shard.Role.ClientCount is not null))
            _meter.CreateObservableUpDownCounter("udptun.client.count", () => EachShard(shard => shard.Role.ClientCount ?? 0), "{client}", "Clients that are being served");
        if (_shards.Any(shard => shard.Role.Nat is null)) return;
        _meter.CreateObservableUpDownCounter("udptun.nat.session.count", () => EachShard(shard => shard.Role.Nat!.SessionCount), "{session}",
            "Sessions of the NAT");
        _meter.CreateObservableCounter("udptun.nat.session.opened", () => EachShard(shard => shard.Role.Nat!.SessionsOpened), "{session}",
            "Sessions that were ever opened, restored ones too");
        _meter.CreateObservableUpDownCounter("udptun.nat.mapping.count", () => EachShard(shard => shard.Role.Nat!.MappingCount), "{mapping}",
            "Inner endpoints that have an outer one");
        _meter.CreateObservableUpDownCounter("udptun.nat.port.usage", () => EachTransport((nat, protocol) => nat.PortsTaken(protocol)), "{port}",
            "Outer ports, or ICMP identifiers, that are given out");
        _meter.CreateObservableUpDownCounter("udptun.nat.port.limit", () => EachTransport((nat, protocol) => nat.PortsOf(protocol)), "{port}",
            "Outer ports, or ICMP identifiers, that there are to give out");
    }

    private void AddLoops()
    {
        _meter.CreateObservableCounter("udptun.loop.round", () => EachShard(shard => _loops[shard.Number].Rounds), "{round}",
            "How often an event loop has looked at its devices");
        _meter.CreateObservableCounter("udptun.loop.cpu.time", LoopThreads.CpuTimes, "s", "CPU time of the event loops' threads");
        _meter.CreateObservableUpDownCounter("udptun.buffer.usage", () => EachPool(pool => pool.Outstanding), "{burst}",
            "Packet buffers that are leased");
        _meter.CreateObservableCounter("udptun.buffer.exhausted", () => EachPool(pool => pool.Exhausted), "{refusal}",
            "How often all packet buffers of a pool were out");
        if (_shards.Count > 1)
            _meter.CreateObservableCounter("udptun.shard.handed_over", () => EachShard(shard => shard.Line.Traffic.HandedOver.Packets), "{packet}",
                "IP packets that a shard gave to others, whose they were");
    }

    private void AddJournal(JournalWriter journal)
    {
        _meter.CreateObservableCounter("udptun.journal.entry.written", () => journal.Written, "{entry}", "Entries that are in the mapping journal");
        _meter.CreateObservableCounter("udptun.journal.entry.lost", () => journal.Lost, "{entry}", "Entries that the mapping journal lacks");
        _meter.CreateObservableUpDownCounter("udptun.journal.entry.waiting", () => journal.Waiting, "{entry}",
            "Entries that wait to be written to the mapping journal");
    }

    private IEnumerable<Measurement<long>> OfEnds(Func<TrafficCounters, long> which)
    {
        yield return Sum("tun", "receive", traffic => traffic.FromTun);
        yield return Sum("tun", "transmit", traffic => traffic.ToTun);
        yield return Sum("udp", "receive", traffic => traffic.FromUdp);
        yield return Sum("udp", "transmit", traffic => traffic.ToUdp);

        Measurement<long> Sum(string end, string direction, Func<LineTraffic, TrafficCounters> counters) =>
            new(_shards.Sum(shard => which(counters(shard.Line.Traffic))), new KeyValue(End, end), new KeyValue(Direction, direction));
    }

    private IEnumerable<Measurement<long>> Dropped()
    {
        foreach (var reason in Enum.GetValues<DropReason>())
            if (reason != DropReason.None) yield return new(_drops[reason], new KeyValue("udptun.drop.reason", SnakeCase($"{reason}")));
    }

    private IEnumerable<Measurement<int>> DevicesByState()
    {
        var devices = _status.Devices;
        yield return new(devices.Count(device => device.IsOpen), new KeyValue("udptun.device.state", "open"));
        yield return new(devices.Count(device => !device.IsOpen), new KeyValue("udptun.device.state", "lost"));
    }

    private IEnumerable<Measurement<long>> EachShard(Func<Shard, long> value) =>
        _shards.Select(shard => new Measurement<long>(value(shard), new KeyValue(ShardNumber, shard.Number)));

    private IEnumerable<Measurement<long>> EachTransport(Func<Net.Nat.NatTable, IpProtocol, int> value)
    {
        foreach (var (protocol, name) in new[] { (IpProtocol.Tcp, "tcp"), (IpProtocol.Udp, "udp"), (IpProtocol.Icmp, "icmp"), (IpProtocol.IcmpV6, "icmpv6") })
            yield return new(_shards.Sum(shard => (long)value(shard.Role.Nat!, protocol)), new KeyValue("network.transport", name));
    }

    private IEnumerable<Measurement<long>> EachPool(Func<PacketPool, long> value)
    {
        yield return Sum("line", line => line.Pool);
        yield return Sum("newcomers", line => line.Newcomers);
        yield return Sum("handed-over", line => line.HandedOver);
        yield return Sum("sealed", line => line.Sealed);
        yield return Sum("staged", line => line.Staged);

        Measurement<long> Sum(string pool, Func<LineContext, PacketPool> which) =>
            new(_shards.Sum(shard => value(which(shard.Line))), new KeyValue("udptun.buffer.pool", pool));
    }

    private static string SnakeCase(string name) =>
        string.Concat(name.Select((letter, at) => at > 0 && char.IsUpper(letter) ? $"_{letter}" : $"{letter}")).ToLowerInvariant();
}
