using System.Diagnostics.Metrics;
using UdpTun.Actors.EventLoop;
using UdpTun.Actors.Lines;
using UdpTun.Actors.Tunnel;
using UdpTun.Host.Metrics;
using UdpTun.Linux.Polling;
using UdpTun.Net.Admission;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;
using UdpTun.Transport.Plain;

namespace UdpTun.Host.Tests.Metrics;

/// <summary>A server's counters of two shards, and what an observer of its meter sees.</summary>
public sealed class TunnelMeterTests : IDisposable
{
    private readonly EventLoop[] _loops = [new(new EpollPoller()), new(new EpollPoller(), "udptun-loop-2")];
    private readonly Shard[] _shards;
    private readonly TunnelStatus _status = new();
    private readonly DropCounters _drops = new();

    public TunnelMeterTests() => _shards = [Shard(0), Shard(1)];

    public void Dispose()
    {
        foreach (var loop in _loops) loop.Dispose();
    }

    private Shard Shard(int number)
    {
        var policy = new NatPolicy { OuterV4 = [InetAddress.Parse("192.168.61.123")], Ports = new PortRange(20000, 20999) };
        var table = new NatTable(policy, new Random(1), number, 2);
        var line = new ServerLine(null!, null!, new PlainTransport(), table, new PeerRegistry([], 8, TimeSpan.FromMinutes(1)),
            new DestinationPolicy([], []), new Hairpin(table, ExternalAddresses.None), null!, []);
        return new Shard(line, new LineContext(_loops[number], new PacketPool(4), _drops, new LineTraffic(), TimeProvider.System), number);
    }

    /// <summary>The measurements now, by name and labels.</summary>
    private Dictionary<string, double> Observe()
    {
        var seen = new Dictionary<string, double>();
        using var meter = new TunnelMeter(_shards, _loops, _status, journal: null);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, own) =>
        {
            if (instrument.Meter.Name == TunnelMeter.Name) own.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, labels, _) => Add(instrument, value, labels));
        listener.SetMeasurementEventCallback<int>((instrument, value, labels, _) => Add(instrument, value, labels));
        listener.SetMeasurementEventCallback<double>((instrument, value, labels, _) => Add(instrument, value, labels));
        listener.Start();
        listener.RecordObservableInstruments();
        return seen;

        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
        {
            Assert.False(string.IsNullOrEmpty(instrument.Unit) || string.IsNullOrEmpty(instrument.Description), instrument.Name);
            var text = string.Join(",", labels.ToArray().Select(label => $"{label.Key}={label.Value}"));
            seen.Add($"{instrument.Name}{{{text}}}", value); // a row twice would be summed up by some and be an error to others
        }
    }

    [Fact]
    public void Counters_of_all_shards_should_be_seen()
    {
        _shards[0].Line.Traffic.FromUdp.Add(3, 300);
        _shards[1].Line.Traffic.FromUdp.Add(4, 400);
        _drops.Add(DropReason.NoSession, 5);
        var flow = new FlowKey(IpProtocol.Udp, new(InetAddress.Parse("10.61.0.2"), 5000), new(InetAddress.Parse("192.0.2.9"), 53));
        Assert.Equal(DropReason.None, _shards[1].Role.Nat!.TryOpen(new PeerId(1), flow, default, out var session));
        _shards[1].Role.Nat!.Close(session, default);
        Assert.Equal(DropReason.None, _shards[1].Role.Nat!.TryOpen(new PeerId(1), flow, default, out _));
        Assert.True(_shards[0].Line.Pool.TryLease(out var burst));
        Assert.True(_shards[1].Line.Sealed.TryLease(out var datagrams));
        _status.Devices = [new("servertun", true, 2), new("udp", false, 1)];

        var seen = Observe();

        Assert.Equal(700, seen["udptun.network.io{udptun.end=udp,network.io.direction=receive}"]);
        Assert.Equal(7, seen["udptun.network.packet.count{udptun.end=udp,network.io.direction=receive}"]);
        Assert.Equal(5, seen["udptun.network.packet.dropped{udptun.drop.reason=no_session}"]);
        Assert.Equal((0, 1), (seen["udptun.nat.session.count{udptun.shard=0}"], seen["udptun.nat.session.count{udptun.shard=1}"]));
        Assert.Equal((0, 2), (seen["udptun.nat.session.opened{udptun.shard=0}"], seen["udptun.nat.session.opened{udptun.shard=1}"]));
        Assert.Equal((1, 2000), (seen["udptun.nat.port.usage{network.transport=udp}"], seen["udptun.nat.port.limit{network.transport=udp}"]));
        Assert.Equal(1, seen["udptun.buffer.usage{udptun.buffer.pool=line}"]);
        Assert.Equal((1, 0), (seen["udptun.buffer.usage{udptun.buffer.pool=sealed}"], seen["udptun.buffer.usage{udptun.buffer.pool=staged}"]));
        Assert.Equal((1, 1), (seen["udptun.device.count{udptun.device.state=open}"], seen["udptun.device.count{udptun.device.state=lost}"]));
        Assert.Equal(3, seen["udptun.device.lost{}"]);
        burst.Release();
        datagrams.Release();
    }

    [Fact]
    public async Task Loops_should_be_seen_to_turn()
    {
        var before = Observe()["udptun.loop.round{udptun.shard=1}"];
        Assert.True(await new LoopPulse(_loops[1]).BeatsAsync(TimeSpan.FromSeconds(30)));
        Assert.True(await new LoopPulse(_loops[1]).BeatsAsync(TimeSpan.FromSeconds(30)));
        var after = Observe();
        Assert.True(after["udptun.loop.round{udptun.shard=1}"] > before);
        Assert.True(after["udptun.loop.cpu.time{udptun.shard=1}"] > 0);
    }

    [Fact]
    public void Labels_should_stay_few_and_name_nobody()
    {
        var before = Observe().Keys;
        for (ushort port = 5000; port < 5500; port++)
        {
            var flow = new FlowKey(IpProtocol.Udp, new(InetAddress.Parse("10.61.0.2"), port), new(InetAddress.Parse("192.0.2.9"), 53));
            Assert.Equal(DropReason.None, _shards[0].Role.Nat!.TryOpen(new PeerId(port), flow, default, out _));
        }

        var after = Observe().Keys;
        Assert.Equal(before, after);
        Assert.InRange(after.Count, 50, 120);
    }
}
