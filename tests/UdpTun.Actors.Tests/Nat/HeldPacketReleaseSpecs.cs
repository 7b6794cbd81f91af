using Akka.Configuration;
using Akka.TestKit;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Nat.Treatment;
using UdpTun.Actors.Tests.Fakes;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.Treatment;
using UdpTun.Net.Treatment.Faults;
using UdpTun.Testing.Packets;

namespace UdpTun.Actors.Tests.Nat;

/// <summary>Packets of one session that wait for their time; the alarms go by a clock of their own, the test is the session.</summary>
public sealed class HeldPacketReleaseSpecs : PatientTestKit
{
    private static readonly Config VirtualTime =
        ConfigurationFactory.ParseString("akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"");

    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(20), Moment = TimeSpan.FromMilliseconds(1);

    private readonly ManualClock _clock = new();
    private readonly LineContext _line;
    private readonly NatSession _session;
    private readonly SessionTreatment _treatment = new();
    private readonly HeldPacketRelease _release;

    public HeldPacketReleaseSpecs() : base(VirtualTime)
    {
        _line = TestLine.Create(new RecordingLoop(), clock: _clock);
        var nat = new TestNat();
        Assert.Equal(DropReason.None, nat.Peers.Admit(PacketBuilder.Endpoint("10.9.0.1:40000"), TimeSpan.Zero, out var peer));
        Assert.Equal(DropReason.None, PacketParser.Parse(Packet(), out var flow));
        Assert.Equal(DropReason.None, nat.Table.TryOpen(peer.Id, flow, TimeSpan.Zero, out _session));
        _session.Treatment = _treatment;
        _treatment.SetFaults(new FlowFaults { Delay = Delay });
        _release = new HeldPacketRelease(_session, _line, TestActor, Sys.Scheduler);
    }

    private TestScheduler Alarms => (TestScheduler)Sys.Scheduler;

    [Fact]
    public async Task Packet_should_come_out_when_it_is_due_though_its_alarm_went_off_early()
    {
        Hold();
        _clock.Advance(Delay - Moment);
        Alarms.Advance(Delay);
        await ExpectAlarmAsync();
        await ExpectNoMsgAsync(TimeSpan.FromMilliseconds(20));

        _clock.Advance(Moment);
        Alarms.Advance(Moment);
        await ExpectAlarmAsync();

        (await ExpectMsgAsync<FlowBatch>()).Packets.Release();
        Assert.Equal(0, _line.Pool.Outstanding);
    }

    [Fact]
    public async Task One_alarm_should_be_set_for_all_that_wait()
    {
        Hold();
        Hold();
        _treatment.SetFaults(new FlowFaults { Delay = Delay / 2 });
        Hold();
        foreach (var expected in new[] { 1, 2 })
        {
            _clock.Advance(Delay / 2);
            Alarms.Advance(Delay / 2);
            await ExpectAlarmAsync();
            var batch = await ExpectMsgAsync<FlowBatch>();
            Assert.Equal(expected, batch.Packets.Count);
            batch.Packets.Release();
        }

        Alarms.Advance(Delay);
        await ExpectNoMsgAsync(TimeSpan.FromMilliseconds(20));
    }

    private static byte[] Packet() => PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53");

    private void Hold()
    {
        var batch = Batches.Of(_line.Pool, Direction.Outbound, Packet());
        _release.Hold(batch, _treatment, TestActor);
        batch.Packets.Release();
    }

    private async Task ExpectAlarmAsync()
    {
        await ExpectMsgAsync<ReleaseHeldPackets>();
        _release.OnAlarm();
    }
}
