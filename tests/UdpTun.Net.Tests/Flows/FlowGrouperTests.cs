using CsCheck;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Fragments;
using UdpTun.Testing.Memory;
using UdpTun.Testing.Packets;

namespace UdpTun.Net.Tests.Flows;

public sealed class FlowGrouperTests
{
    private static readonly InetEndpoint Alice = PacketBuilder.Endpoint("198.51.100.1:1");
    private static readonly InetEndpoint Bob = PacketBuilder.Endpoint("198.51.100.2:1");

    private readonly DropCounters _drops = new();
    private readonly PacketPool _pool = new(1);

    private static byte[] Flow(int number, byte mark = 0) => PacketBuilder.Udp($"10.61.0.2:{1000 + number}", "203.0.113.1:53", [mark]);

    private static FlowGrouper NewGrouper(DropCounters drops) => new(drops, new FragmentTracker(drops, null));

    private PacketBurst Lease()
    {
        Assert.True(_pool.TryLease(out var burst));
        return burst;
    }

    [Fact]
    public void Groups_should_keep_the_order_of_first_arrival_and_the_order_within_a_flow()
    {
        var burst = Lease();
        foreach (var (flow, mark) in new[] { (1, 0), (2, 1), (1, 2), (3, 3), (2, 4), (1, 5) }) burst.Put(Flow(flow, (byte)mark));

        var groups = NewGrouper(_drops).Group(burst, TimeSpan.Zero).ToArray();

        Assert.Equal([1001, 1002, 1003], groups.Select(group => (int)group.Key.Source.Port));
        Assert.Equal([(0, 3), (3, 2), (5, 1)], groups.Select(group => (group.First, group.Count)));
        Assert.Equal([0, 2, 5, 1, 4, 3], Enumerable.Range(0, 6).Select(i => (int)burst.Packet(i)[^1]));
    }

    [Fact]
    public void Groups_should_part_senders_with_equal_inner_flows()
    {
        var burst = Lease();
        foreach (var remote in new[] { Alice, Bob, Alice }) burst.Put(Flow(1), remote: remote);

        var groups = NewGrouper(_drops).Group(burst, TimeSpan.Zero).ToArray();

        Assert.Equal([(Alice, 2), (Bob, 1)], groups.Select(group => (group.Remote, group.Count)));
        Assert.Equal([Alice, Alice, Bob], burst.Remotes.ToArray());
    }

    [Fact]
    public void Errors_should_form_a_group_apart_from_the_flow_they_are_about()
    {
        var quote = PacketBuilder.Udp("203.0.113.1:53", "10.61.0.2:5000");
        var error = PacketBuilder.Icmp(InetAddress.Parse("10.61.0.2"), InetAddress.Parse("203.0.113.1"), 3, payload: quote);
        var burst = Lease();
        var data = PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53");
        burst.Put(data).Put(error).Put(data).Put(error);

        var groups = NewGrouper(_drops).Group(burst, TimeSpan.Zero).ToArray();

        Assert.Equal([(false, 0, 2), (true, 2, 2)], groups.Select(group => (group.IsError, group.First, group.Count)));
        Assert.Equal(groups[0].Key, groups[1].Key);
    }

    [Fact]
    public void Bad_packets_should_be_counted_emptied_and_left_out()
    {
        var burst = Lease();
        burst.Put([0x50]).Put(Flow(1)).Put([.. Flow(1), 0]).Put(Flow(2)).Put([0x51]);

        var groups = NewGrouper(_drops).Group(burst, TimeSpan.Zero).ToArray();

        Assert.Equal(2, groups.Length);
        Assert.Equal(2, _drops[DropReason.NotIp]);
        Assert.Equal(1, _drops[DropReason.BadLength]);
        Assert.Equal([29, 29, 0, 0, 0], burst.Packets.ToArray().Select(packet => packet.Length));
    }

    [Fact]
    public void Packets_dropped_before_should_not_be_counted_again()
    {
        var burst = Lease();
        burst.Put(Flow(1)).Put(Flow(1));
        burst.Packets[0] = default;

        Assert.Equal(1, NewGrouper(_drops).Group(burst, TimeSpan.Zero)[0].Count);
        Assert.Equal(0, _drops.Total);
    }

    [Fact]
    public void Grouper_should_give_nothing_for_an_empty_burst_and_for_noise()
    {
        var grouper = NewGrouper(_drops);
        var burst = Lease();
        Assert.True(grouper.Group(burst, TimeSpan.Zero).IsEmpty);
        burst.Put([1, 2, 3]);
        Assert.True(grouper.Group(burst, TimeSpan.Zero).IsEmpty);
    }

    [Fact]
    public void Descriptors_should_keep_their_offload()
    {
        var offload = new PacketOffload(SegmentKind.Udp, true, 28, 1200, 20, 6);
        var burst = Lease();
        burst.Put(Flow(1)).Put(Flow(2), offload).Put(Flow(1));
        NewGrouper(_drops).Group(burst, TimeSpan.Zero);
        Assert.Equal([default, default, offload], burst.Packets.ToArray().Select(packet => packet.Offload));
    }

    [Fact]
    public void Grouper_should_equal_its_plain_twin_for_any_burst()
    {
        var packet = Gen.Frequency((8, Gen.Int[0, 6].Select(flow => Flow(flow))), (1, Gen.Int[0, 200].Select(flow => Flow(flow))), (2, PacketGen.Any));
        var arrivals = Gen.Select(packet, Gen.OneOf(default, Alice, Bob)).Array[0, PacketBurst.MaxPackets];
        var pool = new PacketPool(Environment.ProcessorCount + 1);
        arrivals.Sample(burst => AssertLikeTwin(pool, burst), threads: 1);
    }

    private static void AssertLikeTwin(PacketPool pool, (byte[] Bytes, InetEndpoint Remote)[] any)
    {
        // A first fragment shows its flow, which the twin knows nothing of; see FragmentTrackerTests.
        var arrivals = Array.FindAll(any, arrival => PacketParser.Parse(arrival.Bytes, out _) != DropReason.Fragment);
        Assert.True(pool.TryLease(out var burst));
        foreach (var (bytes, remote) in arrivals) burst.Put(bytes, remote: remote);
        var drops = new DropCounters();
        var fragments = new FragmentTracker(drops, null);

        var groups = new FlowGrouper(drops, fragments).Group(burst, TimeSpan.Zero).ToArray();

        var good = arrivals.Where(arrival => PacketParser.Parse(arrival.Bytes, out _) == DropReason.None).ToArray();
        var expected = good.GroupBy(arrival =>
        {
            PacketParser.Parse(arrival.Bytes, out var key);
            return (key, arrival.Remote);
        }).ToArray();
        Assert.Equal(expected.Select(group => (group.Key.key, group.Key.Remote, group.Count())), groups.Select(group => (group.Key, group.Remote, group.Count)));
        var order = expected.SelectMany(group => group).ToArray();
        for (var i = 0; i < order.Length; i++)
        {
            Assert.Equal(order[i].Bytes, burst.Packet(i).ToArray());
            Assert.Equal(order[i].Remote, burst.Remotes[i]);
        }

        Assert.Equal(arrivals.Count(arrival => arrival.Bytes.Length > 0) - good.Length, drops.Total);
        Assert.All(burst.Packets[order.Length..].ToArray(), packet => Assert.Equal(0, packet.Length));
        burst.Release();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public void Grouper_should_allocate_nothing(int flows)
    {
        var burst = Lease();
        for (var i = 0; i < PacketBurst.MaxPackets; i++) burst.Put(Flow(i % flows));
        var grouper = NewGrouper(_drops);
        var original = burst.Packets.ToArray();
        Assert.Equal(0, AllocationProbe.BytesOf(() =>
        {
            original.CopyTo(burst.Packets);
            burst.Packets.Reverse();
            grouper.Group(burst, TimeSpan.Zero);
        }));
    }
}
