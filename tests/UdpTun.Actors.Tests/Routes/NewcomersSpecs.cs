using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Routes;
using UdpTun.Actors.Tests.Fakes;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Testing.Packets;

namespace UdpTun.Actors.Tests.Routes;

public sealed class NewcomersSpecs : PatientTestKit
{
    private readonly LineContext _line = TestLine.Create(new RecordingLoop());
    private readonly Newcomers _newcomers;

    public NewcomersSpecs() => _newcomers = new Newcomers(TestActor, _line);

    [Fact]
    public async Task Packets_of_many_small_reads_should_wait_in_one_buffer_and_give_it_back()
    {
        const int Reads = 200;
        for (var read = 0; read < Reads; read++) Read(packets: 2);
        Assert.Equal(1, _line.Newcomers.Outstanding);
        Assert.Equal(0, _line.Drops.Total);

        for (var read = 0; read < Reads; read++)
        {
            var batch = await ExpectMsgAsync<FlowBatch>();
            Assert.Equal((byte)read, batch.Packets.Packet(1)[^1]);
            batch.Packets.Release();
        }

        Assert.Equal(0, _line.Newcomers.Outstanding);
        Read(packets: 1);
        Assert.Equal(PacketBurst.Headroom, (await ExpectMsgAsync<FlowBatch>()).Packets[0].Offset);
    }

    [Fact]
    public void Packets_should_be_dropped_and_counted_when_all_buffers_wait_full()
    {
        for (var read = 0; read < 50; read++) Read(packets: 256);
        Assert.Equal(16, _line.Newcomers.Outstanding);
        Assert.Equal((50 * 256) - (16 * 512), _line.Drops[DropReason.TooManyNewFlows]);
    }

    private byte _read;

    private void Read(int packets)
    {
        var packet = PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53", [_read++]);
        var burst = _line.Pool.LeaseWith(Enumerable.Repeat(packet, packets).ToArray());
        var flow = new FlowKey(IpProtocol.Udp, PacketBuilder.Endpoint("10.61.0.2:5000"), PacketBuilder.Endpoint("203.0.113.1:53"));
        _newcomers.Add(burst, new FlowGroup(flow, default, default, 0, packets, IsError: false), default, Direction.Outbound, ActorRefs.Nobody);
        _newcomers.EndBurst();
        burst.Release();
    }
}
