using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Nat;
using UdpTun.Testing.Memory;
using UdpTun.Testing.Packets;

namespace UdpTun.Net.Tests.Nat;

public sealed class UnsolicitedSynsTests
{
    private static readonly FlowKey Flow = NatFixture.Tcp("198.51.100.1:4711", "192.168.61.123:20000");

    private readonly UnsolicitedSyns _syns = new();

    private static byte[] Syn(FlowKey flow) => PacketBuilder.Tcp(flow.Source, flow.Destination, TcpFlags.Syn);

    [Fact]
    public void Syn_should_be_due_after_six_seconds_and_not_before_and_once()
    {
        _syns.Hold(Syn(Flow), Flow, TimeSpan.FromSeconds(1));
        Assert.False(_syns.TryTakeDue(TimeSpan.FromSeconds(7) - TimeSpan.FromTicks(1), out _, out _));
        Assert.True(_syns.TryTakeDue(TimeSpan.FromSeconds(7), out var flow, out var packet));
        Assert.Equal(Flow, flow);
        Assert.Equal(Syn(Flow), packet.ToArray());
        Assert.False(_syns.TryTakeDue(TimeSpan.FromSeconds(100), out _, out _));
    }

    [Fact]
    public void Nothing_but_a_SYN_should_be_held()
    {
        foreach (var flags in new[] { TcpFlags.Ack, TcpFlags.Syn | TcpFlags.Ack, TcpFlags.Rst, TcpFlags.Fin | TcpFlags.Ack })
            _syns.Hold(PacketBuilder.Tcp(Flow.Source, Flow.Destination, flags), Flow, default);
        var udp = NatFixture.Udp("198.51.100.1:4711", "192.168.61.123:20000");
        _syns.Hold(PacketGen.Build(udp, []), udp, default);
        _syns.Hold([], Flow, default);
        Assert.False(_syns.TryTakeDue(TimeSpan.MaxValue, out _, out _));
    }

    [Fact]
    public void Flood_should_be_bounded_and_the_first_be_answered()
    {
        for (var i = 0; i < 10_000; i++)
        {
            var flow = Flow with { Source = Flow.Source with { Port = (ushort)i } };
            _syns.Hold(Syn(flow), flow, default);
        }

        var due = 0;
        for (; _syns.TryTakeDue(UnsolicitedSyns.Silence, out var flow, out _); due++) Assert.Equal(due, flow.Source.Port);
        Assert.Equal(UnsolicitedSyns.Capacity, due);
    }

    [Fact]
    public void Holding_should_allocate_nothing_once_every_place_has_been_used()
    {
        var syn = Syn(Flow);
        for (var i = 0; i < 2 * UnsolicitedSyns.Capacity; i++) HoldAndTake();
        Assert.Equal(0, AllocationProbe.BytesOf(HoldAndTake));

        void HoldAndTake()
        {
            _syns.Hold(syn, Flow, default);
            _syns.TryTakeDue(UnsolicitedSyns.Silence, out _, out _);
        }
    }
}
