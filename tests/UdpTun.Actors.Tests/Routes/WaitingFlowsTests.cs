using UdpTun.Actors.Messages;
using UdpTun.Actors.Routes;
using UdpTun.Actors.Tests.Fakes;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Peers;
using UdpTun.Testing.Packets;

namespace UdpTun.Actors.Tests.Routes;

public sealed class WaitingFlowsTests
{
    private static readonly PeerId Client = new(1);
    private static readonly FlowKey Flow = new(IpProtocol.Udp, PacketBuilder.Endpoint("10.61.0.2:5000"), PacketBuilder.Endpoint("203.0.113.1:53"));

    private readonly WaitingFlows _waiting = new();

    [Fact]
    public void Flow_should_wait_until_as_many_batches_are_removed_as_were_added()
    {
        Assert.Equal(DropReason.None, new TestNat().Table.TryOpen(Client, Flow, default, out var session));
        foreach (var batch in new[] { Batch(Client, session.OutboundFlow, Direction.Outbound), Batch(default, session.InboundFlow, Direction.Inbound) })
        {
            Assert.False(_waiting.Has(session));
            _waiting.Add(batch);
            _waiting.Add(batch);
            _waiting.Remove(batch);
            Assert.True(_waiting.Has(session));
            _waiting.Remove(batch);
        }

        Assert.False(_waiting.Has(session));
        Assert.Equal(0, _waiting.Count);
    }

    [Fact]
    public void Other_client_with_the_same_flow_should_not_make_it_wait()
    {
        Assert.Equal(DropReason.None, new TestNat().Table.TryOpen(Client, Flow, default, out var session));
        _waiting.Add(Batch(new PeerId(2), Flow, Direction.Outbound));
        Assert.False(_waiting.Has(session));
    }

    [Fact]
    public void Removing_what_was_not_added_should_be_harmless()
    {
        _waiting.Remove(Batch(Client, Flow, Direction.Outbound));
        Assert.Equal(0, _waiting.Count);
    }

    private static FlowBatch Batch(PeerId client, FlowKey flow, Direction direction) => new(null!, flow, client, direction);
}
