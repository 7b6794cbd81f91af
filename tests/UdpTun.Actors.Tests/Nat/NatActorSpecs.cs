using Akka.Actor;
using Akka.Event;
using Akka.TestKit;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Nat;
using UdpTun.Actors.Tests.Fakes;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;
using UdpTun.Testing.Packets;

namespace UdpTun.Actors.Tests.Nat;

public sealed class NatActorSpecs : PatientTestKit
{
    private readonly TestNat _nat = new();
    private readonly ManualClock _clock = new();
    private readonly LineContext _line;
    private readonly TestProbe _tunWriter;
    private readonly TestProbe _udp;
    private readonly Peer _peer;
    private readonly IActorRef _actor;

    public NatActorSpecs()
    {
        _line = TestLine.Create(new RecordingLoop(), maxBursts: 64, _clock);
        (_tunWriter, _udp) = (CreateTestProbe(), CreateTestProbe());
        Assert.Equal(DropReason.None, _nat.Peers.Admit(PacketBuilder.Endpoint("10.9.0.1:40000"), TimeSpan.Zero, out _peer));
        _actor = Sys.ActorOf(Props(), "nat");
    }

    [Fact]
    public async Task Nat_should_open_a_session_for_a_new_flow_and_pass_its_first_batch_through_it()
    {
        _actor.Tell(Outbound(5000));
        var batch = await _tunWriter.ExpectMsgAsync<FlowBatch>();
        Assert.Equal(DropReason.None, PacketParser.Parse(batch.Packets.Packet(0), out var key));
        Assert.Equal(TestNat.Outer, key.Source.Address);
        var session = Assert.Single(_nat.Table.Sessions);
        Assert.Equal(key.Source, session.Mapping.Outer);
        Assert.Equal($"akka://test/user/nat/{session.Name}", ((IActorRef)session.Handler!).Path.ToString());
    }

    [Fact]
    public async Task Session_should_restore_the_inner_destination_of_an_answer_and_send_it_to_its_client()
    {
        _actor.Tell(Outbound(5000));
        await _tunWriter.ExpectMsgAsync<FlowBatch>();
        var session = Assert.Single(_nat.Table.Sessions);
        ((IActorRef)session.Handler!).Tell(Answer(session));
        var answer = await _udp.ExpectMsgAsync<FlowBatch>();
        Assert.Equal(_peer.Endpoint, answer.Packets.Remote);
        Assert.Equal(DropReason.None, PacketParser.Parse(answer.Packets.Packet(0), out var key));
        Assert.Equal(PacketBuilder.Endpoint("10.61.0.2:5000"), key.Destination);
    }

    [Fact]
    public async Task Packet_on_its_way_should_go_on_in_a_new_session_when_its_own_ends_meanwhile()
    {
        _actor.Tell(Outbound(5000));
        await _tunWriter.ExpectMsgAsync<FlowBatch>();
        var ended = Assert.Single(_nat.Table.Sessions);
        _nat.Table.Close(ended, _line.Now);

        ((IActorRef)ended.Handler!).Tell(Outbound(5000));
        await _tunWriter.ExpectMsgAsync<FlowBatch>();
        Assert.NotEqual(ended.Id, Assert.Single(_nat.Table.Sessions).Id);
        Assert.Equal(0, _line.Drops.Total);
    }

    [Fact]
    public async Task Nat_should_count_and_release_what_comes_from_outside_without_a_session()
    {
        _actor.Tell(Batches.Of(_line.Pool, Direction.Inbound, PacketBuilder.Udp("203.0.113.1:53", "192.168.61.123:20000")));
        await AwaitAssertAsync(() => Assert.Equal((1L, 0), (_line.Drops[DropReason.NoSession], _line.Pool.Outstanding)));
    }

    [Fact]
    public async Task Nat_should_open_a_session_from_outside_for_whom_the_filter_lets_in()
    {
        var nat = new TestNat(new NatFiltering(Filtering.EndpointIndependent, Filtering.AddressAndPortDependent));
        Assert.Equal(DropReason.None, nat.Peers.Admit(_peer.Endpoint, TimeSpan.Zero, out _));
        var actor = Sys.ActorOf(NatActor.Props(nat.Table, nat.Peers, nat.Destinations, new NatEnds(_tunWriter, _udp, nat.Hairpin, new ClientErrors(_line, _udp, [TestNat.Gateway]), new UnsolicitedSynAnswers(_line, _tunWriter, nat.Table), _line)), "open-nat");
        actor.Tell(Outbound(5000));
        await _tunWriter.ExpectMsgAsync<FlowBatch>();
        var outer = Assert.Single(nat.Table.Sessions).Mapping.Outer;
        actor.Tell(Inbound("198.51.100.1:7", outer));
        actor.Tell(Inbound("198.51.100.1:7", outer));
        for (var i = 0; i < 2; i++)
        {
            var batch = await _udp.ExpectMsgAsync<FlowBatch>();
            Assert.Equal(_peer.Endpoint, batch.Packets.Remote);
            Assert.Equal(DropReason.None, PacketParser.Parse(batch.Packets.Packet(0), out var key));
            Assert.Equal(PacketBuilder.Endpoint("10.61.0.2:5000"), key.Destination);
        }

        Assert.Equal(2, nat.Table.SessionCount);
    }

    [Fact]
    public async Task Nat_should_count_a_stranger_whom_the_filter_keeps_out()
    {
        _actor.Tell(Outbound(5000));
        await _tunWriter.ExpectMsgAsync<FlowBatch>();
        _actor.Tell(Inbound("198.51.100.1:7", Assert.Single(_nat.Table.Sessions).Mapping.Outer));
        await AwaitAssertAsync(() => Assert.Equal(1L, _line.Drops[DropReason.Filtered]));
        Assert.Equal(1, _nat.Table.SessionCount);
    }

    [Fact]
    public async Task Syn_from_outside_should_be_refused_late_and_not_at_all_when_the_client_opens_the_connection_meanwhile()
    {
        var clock = new ManualClock();
        var line = TestLine.Create(new RecordingLoop(), clock: clock);
        var answers = new UnsolicitedSynAnswers(line, _tunWriter, _nat.Table);
        var actor = Sys.ActorOf(NatActor.Props(_nat.Table, _nat.Peers, _nat.Destinations, new NatEnds(_tunWriter, _udp, _nat.Hairpin, new ClientErrors(line, _udp, [TestNat.Gateway]), answers, line)), "late-nat");
        var (stranger, awaited) = (PacketBuilder.Endpoint("198.51.100.1:7"), PacketBuilder.Endpoint("198.51.100.2:7"));
        var outer = new InetEndpoint(TestNat.Outer, 20001);
        foreach (var remote in new[] { stranger, awaited })
        {
            var flow = new FlowKey(IpProtocol.Tcp, remote, outer);
            actor.Tell(Batches.Of(line.Pool, Direction.Inbound, flow, default, PacketBuilder.Tcp(remote, outer, TcpFlags.Syn)));
        }

        await AwaitAssertAsync(() => Assert.Equal(2L, line.Drops[DropReason.NoSession]));
        await actor.Ask<ActorIdentity>(new Identify(0)); // it counts a drop before it holds the SYN
        _nat.Table.TryOpen(_peer.Id, new FlowKey(IpProtocol.Tcp, PacketBuilder.Endpoint("10.61.0.2:20001"), awaited), line.Now, out var session);
        Assert.Equal(outer, session.Mapping.Outer);

        clock.Advance(UnsolicitedSyns.Silence - TimeSpan.FromTicks(1));
        answers.GiveDue();
        await _tunWriter.ExpectNoMsgAsync(TimeSpan.Zero);
        clock.Advance(TimeSpan.FromTicks(1));
        answers.GiveDue();
        var answer = await _tunWriter.ExpectMsgAsync<FlowBatch>();
        await _tunWriter.ExpectNoMsgAsync(TimeSpan.Zero);

        var packet = answer.Packets.Packet(0).ToArray();
        Assert.Equal((IcmpType.DestinationUnreachable, (byte)3), (packet[20], packet[21]));
        Assert.Equal((outer.Address, stranger.Address), (InetAddress.FromBytes(packet.AsSpan(12, 4)), InetAddress.FromBytes(packet.AsSpan(16, 4))));
        answer.Packets.Release();
        Assert.Equal(0, line.Pool.Outstanding);
    }

    [Fact]
    public async Task Nat_should_refuse_forbidden_destinations()
    {
        _actor.Tell(Outbound(5000, "192.168.1.1:80"));
        await RefusalOfAsync(PacketBuilder.Udp("10.61.0.2:5000", "192.168.1.1:80", "question"u8));
        await AwaitAssertAsync(() => Assert.Equal((1L, 0), (_line.Drops[DropReason.ForbiddenDestination], _line.Pool.Outstanding)));
        Assert.Empty(_nat.Table.Sessions);
    }

    [Fact]
    public async Task Nat_should_refuse_more_sessions_than_a_client_may_have()
    {
        for (ushort port = 5000; port < 5007; port++) _actor.Tell(Outbound(port));
        await RefusalOfAsync(PacketBuilder.Udp("10.61.0.2:5005", "203.0.113.1:53", "question"u8));
        await RefusalOfAsync(PacketBuilder.Udp("10.61.0.2:5006", "203.0.113.1:53", "question"u8));
        await AwaitAssertAsync(() => Assert.Equal(2, _line.Drops[DropReason.TooManySessions]));
        Assert.Equal(5, _nat.Table.SessionCount);
    }

    [Fact]
    public async Task Nat_should_answer_refused_flows_a_few_times_a_second_only()
    {
        for (ushort port = 5000; port < 5050; port++) _actor.Tell(Outbound(port, "192.168.1.1:80"));
        await AwaitAssertAsync(() => Assert.Equal(50, _line.Drops[DropReason.ForbiddenDestination]));
        for (var i = 0; i < 10; i++) (await _udp.ExpectMsgAsync<FlowBatch>()).Packets.Release();
        Assert.InRange(_line.Pool.Outstanding, 0, 5); // what a slow machine's second brought
    }

    [Fact]
    public async Task Nat_should_log_one_warning_for_many_refused_flows_of_a_client()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(Warning));
        for (ushort port = 5000; port < 5009; port++) _actor.Tell(Outbound(port));
        var warning = await ExpectMsgAsync<Warning>();
        Assert.Equal(
            "Udp 10.61.0.2:5005 > 203.0.113.1:53 of client 10.9.0.1:40000 is refused (TooManySessions) by udptun.nat.max-sessions-per-client; "
            + "refused since the last such line: 1",
            warning.Message.ToString());
        await AwaitAssertAsync(() => Assert.Equal(4, _line.Drops[DropReason.TooManySessions]));
        await _actor.Ask<ActorIdentity>(new Identify(0)); // it counts a drop before it notes the refusal
        _clock.Advance(TimeSpan.FromMinutes(1));
        _actor.Tell(Outbound(6000, "192.168.1.1:80"));
        warning = await ExpectMsgAsync<Warning>();
        Assert.Contains("(ForbiddenDestination) by udptun.server.allowed-destinations", warning.Message.ToString(), StringComparison.Ordinal);
        Assert.EndsWith(": 4", warning.Message.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Session_should_keep_its_mapping_and_lose_only_the_batch_in_hand_when_its_actor_fails()
    {
        _actor.Tell(Outbound(5000));
        await _tunWriter.ExpectMsgAsync<FlowBatch>();
        var session = Assert.Single(_nat.Table.Sessions);
        var (owner, outer) = ((IActorRef)session.Handler!, session.Mapping.Outer);
        owner.Tell(Poisoned());
        owner.Tell(Outbound(5000));
        var next = await _tunWriter.ExpectMsgAsync<FlowBatch>();
        PacketParser.Parse(next.Packets.Packet(0), out var key);
        Assert.Equal(outer, key.Source);
        Assert.Equal(1, _line.Drops[DropReason.ActorFailed]);
        Assert.Same(session, Assert.Single(_nat.Table.Sessions));
    }

    [Fact]
    public async Task Session_should_be_closed_when_its_actor_fails_again_and_again()
    {
        _actor.Tell(Outbound(5000));
        await _tunWriter.ExpectMsgAsync<FlowBatch>();
        var owner = (IActorRef)Assert.Single(_nat.Table.Sessions).Handler!;
        for (var i = 0; i < 6; i++) owner.Tell(Poisoned());
        await AwaitAssertAsync(() => Assert.Equal(0, _nat.Table.SessionCount));
    }

    [Fact]
    public async Task Sessions_should_go_on_when_their_parent_fails()
    {
        _actor.Tell(Outbound(5000));
        await _tunWriter.ExpectMsgAsync<FlowBatch>();
        var owner = (IActorRef)Assert.Single(_nat.Table.Sessions).Handler!;
        await WatchAsync(owner);
        _nat.Random.Broken = true;
        _actor.Tell(Outbound(5001));
        await AwaitAssertAsync(() => Assert.Equal(1, _line.Drops[DropReason.ActorFailed]));
        _nat.Random.Broken = false;
        _actor.Tell(Outbound(5001));
        await _tunWriter.ExpectMsgAsync<FlowBatch>();
        owner.Tell(Outbound(5000));
        await _tunWriter.ExpectMsgAsync<FlowBatch>();
        await ExpectNoMsgAsync(TimeSpan.FromMilliseconds(50)); // nobody was terminated
    }

    [Fact]
    public async Task Sessions_in_the_table_should_get_actors_again_in_a_new_tree()
    {
        _actor.Tell(Outbound(5000));
        await _tunWriter.ExpectMsgAsync<FlowBatch>();
        await WatchAsync(_actor);
        Sys.Stop(_actor);
        await ExpectTerminatedAsync(_actor);
        Sys.ActorOf(Props(), "nat-again");
        await AwaitAssertAsync(() =>
            Assert.Contains("/nat-again/", ((IActorRef)Assert.Single(_nat.Table.Sessions).Handler!).Path.ToString(), StringComparison.Ordinal));
        ((IActorRef)Assert.Single(_nat.Table.Sessions).Handler!).Tell(Outbound(5000));
        await _tunWriter.ExpectMsgAsync<FlowBatch>();
    }

    private NatEnds Ends() => new(
        _tunWriter, _udp, _nat.Hairpin, new ClientErrors(_line, _udp, [TestNat.Gateway]), new UnsolicitedSynAnswers(_line, _tunWriter, _nat.Table), _line);

    private Props Props() => NatActor.Props(_nat.Table, _nat.Peers, _nat.Destinations, Ends());

    private FlowBatch Outbound(ushort port, string destination = "203.0.113.1:53")
    {
        var packet = PacketBuilder.Udp($"10.61.0.2:{port}", destination, "question"u8);
        Assert.Equal(DropReason.None, PacketParser.Parse(packet, out var key));
        return Batches.Of(_line.Pool, Direction.Outbound, key, _peer.Id, packet);
    }

    private FlowBatch Inbound(string remote, InetEndpoint outer)
    {
        var packet = PacketBuilder.Udp(PacketBuilder.Endpoint(remote), outer, "hello"u8);
        Assert.Equal(DropReason.None, PacketParser.Parse(packet, out var key));
        return Batches.Of(_line.Pool, Direction.Inbound, key, default, packet);
    }

    private FlowBatch Answer(NatSession session) => Batches.Of(
        _line.Pool, Direction.Inbound, PacketBuilder.Udp(session.Remote, session.Mapping.Outer, "answer"u8));

    /// <summary>The next thing that the client is sent: that this packet is administratively prohibited.</summary>
    private async Task RefusalOfAsync(byte[] packet)
    {
        var refusal = await _udp.ExpectMsgAsync<FlowBatch>();
        Assert.Equal(_peer.Endpoint, refusal.Packets.Remote);
        var expected = PacketBuilder.Icmp(TestNat.Gateway, InetAddress.Parse("10.61.0.2"), IcmpType.DestinationUnreachable, payload: packet);
        expected[4] = expected[5] = 0; // identification
        expected[1] = 0xC0; // the precedence of internetwork control
        expected[21] = 13; // code
        Assert.Equal(PacketBuilder.Finish(expected), refusal.Packets.Packet(0).ToArray());
        refusal.Packets.Release();
    }

    /// <summary>A batch whose only packet lies outside its buffer, which nobody can translate.</summary>
    private FlowBatch Poisoned()
    {
        var batch = Outbound(5000);
        batch.Packets.Move(0, new PacketDescriptor(batch.Packets.Bytes.Length, 100));
        return batch;
    }
}
