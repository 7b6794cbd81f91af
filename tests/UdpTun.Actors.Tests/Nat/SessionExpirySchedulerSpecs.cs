using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Nat;
using UdpTun.Actors.Tests.Fakes;
using UdpTun.Actors.Tests.Settings;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Testing.Packets;

namespace UdpTun.Actors.Tests.Nat;

public sealed class SessionExpirySchedulerSpecs() : PatientTestKit(VirtualTime)
{
    private static readonly Config VirtualTime =
        ConfigurationFactory.ParseString("akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"");

    private TestNat _nat = new();
    private readonly ManualClock _clock = new();
    private IActorRef _scheduler = ActorRefs.Nobody;

    private LineContext Line => TestLine.Create(new RecordingLoop(), clock: _clock);

    [Fact]
    public async Task Scheduler_should_remove_an_idle_session_before_it_tells_the_sessions_actor()
    {
        Open(5000);
        StartScheduler();
        await AdvanceAsync(TimeSpan.FromSeconds(299));
        Assert.Equal(1, _nat.Table.SessionCount);
        await AdvanceAsync(TimeSpan.FromSeconds(2));
        await ExpectMsgAsync<SessionExpired>();
        Assert.Equal((0, 0), (_nat.Table.SessionCount, _nat.Table.MappingCount));
    }

    [Fact]
    public async Task Scheduler_should_leave_a_session_alone_while_its_client_sends()
    {
        Open(5000);
        StartScheduler();
        for (var i = 0; i < 4; i++)
        {
            await AdvanceAsync(TimeSpan.FromSeconds(200));
            Assert.True(_nat.Table.TryFindOutbound(_nat.Peers.Peers.Single().Id, KeyOf(5000), out var session));
            Assert.Equal(DropReason.None, session.TranslateOutbound(PacketOf(5000), false, Line.Now));
        }

        await ExpectNoMsgAsync(TimeSpan.Zero);
    }

    [Fact]
    public async Task Sessions_should_expire_still_when_the_scheduler_was_killed()
    {
        Open(5000);
        StartScheduler();
        _scheduler.Tell(Kill.Instance);
        await AdvanceAsync(TimeSpan.FromSeconds(301));
        await ExpectMsgAsync<SessionExpired>();
    }

    [Fact]
    public async Task Scheduler_should_forget_a_client_that_has_no_session_and_is_silent()
    {
        Open(5000);
        StartScheduler();
        await AdvanceAsync(TimeSpan.FromSeconds(400));
        Assert.Equal(1, _nat.Peers.Count);
        await AdvanceAsync(TimeSpan.FromSeconds(400));
        await AwaitAssertAsync(() => Assert.Equal(0, _nat.Peers.Count));
    }

    [Fact]
    public async Task Address_of_a_client_that_is_gone_should_be_another_clients()
    {
        var second = InetAddress.Parse("192.168.61.124");
        _nat = new TestNat(secondOuter: second);
        Assert.Equal(TestNat.Outer, Open(5000).Mapping.Outer.Address);
        StartScheduler();
        await AdvanceAsync(TimeSpan.FromSeconds(400));
        Assert.Equal(second, Open(5000, "10.9.0.2:40000").Mapping.Outer.Address);
        Assert.Equal(TestNat.Outer, Open(5000, "10.9.0.3:40000").Mapping.Outer.Address);
        await AdvanceAsync(TimeSpan.FromSeconds(400));
        await AwaitAssertAsync(() => Assert.Equal(2, _nat.Peers.Count));
        Assert.Equal(TestNat.Outer, Open(5000, "10.9.0.4:40000").Mapping.Outer.Address); // with the first client counted it has more
    }

    [Fact]
    public async Task Scheduler_should_go_by_another_interval_when_it_is_told_so()
    {
        Open(5000);
        StartScheduler();
        _nat.Table.Use(_nat.Table.Policy with { SweepInterval = TimeSpan.FromMinutes(10) }, Line.Now);
        _scheduler.Tell(new ApplySettings(ReferenceConfig.Read()));
        await AdvanceAsync(TimeSpan.FromSeconds(599));
        Assert.Equal(1, _nat.Table.SessionCount);
        await AdvanceAsync(TimeSpan.FromSeconds(2));
        await ExpectMsgAsync<SessionExpired>();
    }

    private static byte[] PacketOf(ushort port) => PacketBuilder.Udp($"10.61.0.2:{port}", "203.0.113.1:53");

    private static FlowKey KeyOf(ushort port)
    {
        Assert.Equal(DropReason.None, PacketParser.Parse(PacketOf(port), out var key));
        return key;
    }

    private void StartScheduler() => _scheduler = CreateTestProbe().ChildActorOf(
        SessionExpiryScheduler.Props(Line, _nat.Table, _nat.Peers, unsolicited: null), TunnelSupervision.OfParts(Log));

    private NatSession Open(ushort port, string client = "10.9.0.1:40000")
    {
        Assert.Equal(DropReason.None, _nat.Peers.Admit(PacketBuilder.Endpoint(client), Line.Now, out var peer));
        Assert.Equal(DropReason.None, _nat.Table.TryOpen(peer.Id, KeyOf(port), Line.Now, out var session));
        session.Handler = TestActor;
        return session;
    }

    /// <summary>Lets time pass and waits until the scheduler has finished its sweep.</summary>
    private async Task AdvanceAsync(TimeSpan time)
    {
        await _scheduler.Ask<ActorIdentity>(new Identify(0));
        _clock.Advance(time);
        ((TestScheduler)Sys.Scheduler).Advance(time);
        await _scheduler.Ask<ActorIdentity>(new Identify(0));
    }
}
