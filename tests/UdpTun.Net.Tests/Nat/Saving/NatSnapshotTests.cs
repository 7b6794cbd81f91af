using CsCheck;
using UdpTun.Net.Admission;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Nat;
using UdpTun.Net.Nat.Saving;
using UdpTun.Net.Peers;
using UdpTun.Net.PortMapping;
using UdpTun.Testing.Packets;
using static UdpTun.Net.Tests.Nat.NatFixture;

namespace UdpTun.Net.Tests.Nat.Saving;

public sealed class NatSnapshotTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly DestinationPolicy Everywhere = new([], []);
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>A table with its registry, as one run of a server has them.</summary>
    private sealed class Run(NatPolicy policy, int maxPeers = 8, int seed = 1)
    {
        public NatTable Table { get; } = NatFixture.Table(policy, seed);

        public PeerRegistry Peers { get; } = new([InetPrefix.Parse("10.0.0.0/8")], maxPeers, TimeSpan.FromMinutes(10));

        public Peer Client(int number)
        {
            Assert.Equal(DropReason.None, Peers.Admit(PacketBuilder.Endpoint($"10.9.0.{number}:40000"), TimeSpan.Zero, out var peer));
            return peer;
        }

        public int Restore(NatSnapshot snapshot, TimeSpan down = default, TimeSpan now = default, DestinationPolicy? destinations = null) =>
            snapshot.Restore(Table, Peers, destinations ?? Everywhere, down, now);
    }

    private static NatSnapshot ThroughText(NatSnapshot snapshot)
    {
        var text = new StringWriter();
        SnapshotText.Write(text, snapshot, Noon);
        var read = SnapshotText.Read(new StringReader(text.ToString()), out var takenAt);
        Assert.Equal(Noon, takenAt);
        return read;
    }

    [Fact]
    public void Restored_table_should_find_what_the_saved_one_found_for_any_sessions()
    {
        var step = Gen.Select(Gen.Int[1, 4], PacketGen.Flow, Gen.Int[0, 3]);
        Gen.Select(Gen.Int, Gen.Enum<PortSelection>(), step.Array[0, 60]).Sample((seed, selection, steps) =>
        {
            var policy = Policy with { PortSelection = selection, PortRest = 120 * Second };
            var (before, after) = (new Run(policy, seed: seed), new Run(policy, seed: seed + 1));
            for (var client = 4; client > 0; client--) after.Client(client); // ids of their own
            foreach (var (client, flow, packets) in steps)
            {
                if (Everywhere.Check(flow) != DropReason.None) continue;
                if (before.Table.TryOpen(before.Client(client).Id, flow, Second, out var session) != DropReason.None) continue;
                if ((packets & 1) != 0) session.TranslateOutbound(PacketGen.Build(flow, []), false, 2 * Second);
                if ((packets & 2) != 0) session.TranslateInbound(PacketGen.Build(session.InboundFlow, []), false, 3 * Second);
            }

            var snapshot = ThroughText(NatSnapshot.Take(before.Table, before.Peers, 10 * Second));
            Assert.Equal(before.Table.SessionCount, after.Restore(snapshot, down: 5 * Second, now: 1000 * Second));
            Assert.Equal(before.Table.MappingCount, after.Table.MappingCount);
            foreach (var old in before.Table.Sessions)
            {
                Assert.True(before.Peers.TryFind(old.Mapping.Client, out var peer));
                Assert.True(after.Table.TryFindInbound(old.InboundFlow, out var found));
                Assert.True(after.Peers.TryFind(found.Mapping.Client, out var peerAfter));
                Assert.True(after.Table.TryFindOutbound(peerAfter.Id, new FlowKey(old.Mapping.Protocol, old.Mapping.Inner, old.Remote), out var outbound));
                Assert.Same(found, outbound);
                Assert.Equal(peer.Endpoint, peerAfter.Endpoint);
                Assert.Equal((old.State, old.IdleTimeout), (found.State, found.IdleTimeout));
                Assert.Equal((old.LastSeen + 985 * Second, old.OpenedAt + 985 * Second), (found.LastSeen, found.OpenedAt));
            }
        }, iter: 300);
    }

    [Fact]
    public void Restored_session_should_not_share_its_port_and_should_give_it_back()
    {
        var policy = Policy with { Ports = new PortRange(20000, 20000) };
        var (before, after) = (new Run(policy), new Run(policy));
        before.Table.Open(before.Client(1).Id, Udp("10.61.0.2:1"));
        Assert.Equal(1, after.Restore(NatSnapshot.Take(before.Table, before.Peers, default)));
        var bob = after.Client(2).Id;
        Assert.Equal(DropReason.PortsExhausted, after.Table.TryOpen(bob, Udp("10.61.0.2:1"), default, out _));
        var ended = new List<NatSession>();
        after.Table.Sweep(300 * Second, 10, ended);
        Assert.Single(ended);
        Assert.Equal(20000, after.Table.Open(bob, Udp("10.61.0.2:1")).Mapping.Outer.Port);
    }

    [Fact]
    public void Connection_should_be_where_it_was_after_the_restart()
    {
        var (before, after) = (new Run(Policy), new Run(Policy));
        var session = before.Table.Open(before.Client(1).Id, Tcp("10.61.0.2:1"));
        session.TranslateOutbound(PacketGen.Build(Tcp("10.61.0.2:1"), [], TcpFlags.Ack), false, default);
        session.TranslateInbound(PacketGen.Build(session.InboundFlow, [], TcpFlags.Ack | TcpFlags.Fin), false, default);
        after.Restore(ThroughText(NatSnapshot.Take(before.Table, before.Peers, default)));
        var restored = Assert.Single(after.Table.Sessions);
        Assert.Equal(SessionState.Established, restored.State);
        restored.TranslateOutbound(PacketGen.Build(Tcp("10.61.0.2:1"), [], TcpFlags.Fin), false, default);
        Assert.Equal(SessionState.Closing, restored.State);
    }

    [Fact]
    public void Client_should_keep_its_outer_address_over_the_restart()
    {
        var pooled = Policy with { OuterV4 = [.. new[] { "203.0.113.10", "203.0.113.11", "203.0.113.12" }.Select(InetAddress.Parse)] };
        var (before, after) = (new Run(pooled), new Run(pooled));
        var addresses = Enumerable.Range(1, 6)
            .Select(client => before.Table.Open(before.Client(client).Id, Udp("10.61.0.2:1")).Mapping.Outer.Address).ToList();
        before.Table.Close(before.Table.Sessions.First(), default); // the first client's place is free
        after.Restore(ThroughText(NatSnapshot.Take(before.Table, before.Peers, default)));
        for (var client = 2; client <= 6; client++)
            Assert.Equal(addresses[client - 1], after.Table.Open(after.Client(client).Id, Tcp("10.61.0.2:2")).Mapping.Outer.Address);
        Assert.Equal(addresses[0], after.Table.Open(after.Client(7).Id, Tcp("10.61.0.2:2")).Mapping.Outer.Address);
    }

    public static TheoryData<NatPolicy, string> Changes => new()
    {
        { Policy with { Ports = new PortRange(30000, 30099) }, "the range" },
        { Policy with { OuterV4 = [InetAddress.Parse("192.168.61.124")] }, "the outer address" },
        { Policy with { OuterV4 = [] }, "no outer address" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void Session_should_not_come_back_when_the_policy_no_longer_fits_it(NatPolicy policy, string changed)
    {
        var (before, after) = (new Run(Policy), new Run(policy));
        before.Table.Open(before.Client(1).Id, Udp("10.61.0.2:1"));
        Assert.True(after.Restore(NatSnapshot.Take(before.Table, before.Peers, default)) == 0, changed);
        Assert.Equal((0, 0), (after.Table.SessionCount, after.Table.MappingCount));
    }

    [Fact]
    public void Restoring_should_keep_quotas_clients_and_destinations()
    {
        var before = new Run(Policy);
        for (var i = 1; i <= 3; i++) before.Table.Open(before.Client(1).Id, Udp($"10.61.0.2:{i}"));
        before.Table.Open(before.Client(2).Id, Udp("10.61.0.2:9"));
        var snapshot = NatSnapshot.Take(before.Table, before.Peers, default);
        Assert.Equal(3, new Run(Policy with { MaxSessionsPerClient = 2 }).Restore(snapshot));
        Assert.Equal(3, new Run(Policy with { MaxMappingsPerClient = 2 }).Restore(snapshot));
        Assert.Equal(3, new Run(Policy, maxPeers: 1).Restore(snapshot));
        Assert.Equal(0, new Run(Policy).Restore(snapshot, destinations: new DestinationPolicy([], [InetAddress.Parse("203.0.113.1")])));
    }

    [Fact]
    public void Sessions_that_others_began_should_be_known_for_it_after_the_restart()
    {
        var open = Policy with { Filtering = new NatFiltering(Filtering.EndpointIndependent, Filtering.EndpointIndependent), MaxSessionsPerClient = 4 };
        var (before, after) = (new Run(open), new Run(open));
        var through = before.Table.Open(before.Client(1).Id, Udp("10.61.0.2:1")).InboundFlow;
        foreach (var port in new ushort[] { 7, 8 })
        {
            var stranger = through with { Source = PacketBuilder.Endpoint($"198.51.100.1:{port}") };
            Assert.Equal(DropReason.None, before.Table.TryAccept(PacketGen.Build(stranger, []), stranger, default, out _));
        }

        Assert.Equal(3, after.Restore(ThroughText(NatSnapshot.Take(before.Table, before.Peers, default))));
        Assert.Equal(2, after.Table.SessionsFromOutside(after.Client(1).Id));
    }

    [Fact]
    public void Held_mapping_should_go_on_for_the_rest_of_its_time()
    {
        var (before, after) = (new Run(Policy), new Run(Policy));
        var inner = PacketBuilder.Endpoint("10.61.0.2:80");
        before.Table.HoldsSince = 4 * Second;
        before.Table.TryHold(before.Client(1).Id, IpProtocol.Tcp, inner, 20080, 600 * Second, default, out _);
        before.Table.TryHold(before.Client(1).Id, IpProtocol.Udp, inner, 20080, 110 * Second, default, out _); // ends meanwhile
        after.Table.HoldsSince = 1000 * Second;
        after.Restore(ThroughText(NatSnapshot.Take(before.Table, before.Peers, 100 * Second)), down: 50 * Second, now: 1000 * Second);
        var held = Assert.Single(after.Table.Held);
        Assert.Equal((after.Client(1).Id, 20080), (held.Client, held.Outer.Port));
        Assert.Equal(1450 * Second, held.HeldUntil);
        Assert.Equal(854 * Second, after.Table.HoldsSince); // 96 seconds before the stop, 50 since
    }

    [Fact]
    public void Port_at_rest_should_rest_for_what_is_left_and_be_its_owners_alone()
    {
        var policy = Policy with { Ports = new PortRange(20000, 20001), PortRest = 120 * Second };
        var (before, after) = (new Run(policy), new Run(policy));
        var sessions = new[] { 1, 2 }.Select(client => before.Table.Open(before.Client(client).Id, Udp("10.61.0.2:1"))).ToList();
        sessions.ForEach(session => before.Table.Close(session, 10 * Second));

        // Of the 120 seconds 20 are over at the stop and 50 more at the start.
        after.Restore(ThroughText(NatSnapshot.Take(before.Table, before.Peers, 30 * Second)), down: 50 * Second, now: 1000 * Second);

        var (owner, stranger) = (after.Client(1).Id, after.Client(3).Id);
        Assert.Equal(DropReason.PortsExhausted, after.Table.TryOpen(stranger, Udp("10.61.0.2:1"), 1049 * Second, out _));
        Assert.Equal(sessions[0].Mapping.Outer, after.Table.Open(owner, Udp("10.61.0.2:1"), 1049 * Second).Mapping.Outer);
        Assert.Equal(sessions[1].Mapping.Outer, after.Table.Open(stranger, Udp("10.61.0.2:1"), 1050 * Second).Mapping.Outer);
    }

    [Fact]
    public void Port_at_rest_should_be_nobodys_when_its_client_is_gone_and_rest_no_longer_than_the_policy_says()
    {
        var policy = Policy with { Ports = new PortRange(20000, 20000), PortRest = 120 * Second };
        var (before, after) = (new Run(policy), new Run(policy with { PortRest = 60 * Second }));
        before.Table.Close(before.Table.Open(before.Client(1).Id, Udp("10.61.0.2:1")), default);
        before.Peers.Sweep(TimeSpan.FromHours(1), _ => false, []);

        after.Restore(ThroughText(NatSnapshot.Take(before.Table, before.Peers, default)), now: 1000 * Second);

        Assert.Equal(DropReason.PortsExhausted, after.Table.TryOpen(after.Client(1).Id, Udp("10.61.0.2:1"), 1059 * Second, out _));
        after.Table.Open(after.Client(1).Id, Udp("10.61.0.2:1"), 1060 * Second);
    }

    [Fact]
    public void Ports_at_rest_that_contradict_a_session_or_each_other_should_do_no_harm()
    {
        var inner = PacketBuilder.Endpoint("10.61.0.2:1");
        var (client, outer) = ("10.9.0.1:40000", PacketBuilder.Endpoint("192.168.61.123:20001"));
        var rest = new SavedRest(client, IpProtocol.Udp, inner, outer, 60 * Second);
        var run = new Run(Policy with { PortRest = 120 * Second });
        run.Restore(new NatSnapshot(
            [new SavedSession(client, IpProtocol.Udp, inner, outer, PacketBuilder.Endpoint("203.0.113.1:53"), false, 3, Second, Second)],
            [],
            [
                rest,
                rest with { Outer = outer with { Port = 20002 } },
                rest with { Outer = outer with { Port = 20003 } },
                rest with { Outer = outer with { Port = 1 } },
                rest with { Outer = PacketBuilder.Endpoint("192.168.61.99:20001") },
            ],
            default));
        Assert.Equal(2, run.Table.Resting.Count());
        run.Table.Close(Assert.Single(run.Table.Sessions), default);
        Assert.Equal(outer, run.Table.Open(run.Client(1).Id, Udp("10.61.0.2:1")).Mapping.Outer);
    }

    [Fact]
    public void Clients_should_learn_that_a_held_mapping_was_lost()
    {
        var (before, after) = (new Run(Policy), new Run(Policy with { Ports = new PortRange(30000, 30099) }));
        before.Table.TryHold(before.Client(1).Id, IpProtocol.Tcp, PacketBuilder.Endpoint("10.61.0.2:80"), 0, 600 * Second, default, out _);
        after.Table.HoldsSince = 1000 * Second;
        after.Restore(NatSnapshot.Take(before.Table, before.Peers, 100 * Second), now: 1000 * Second);
        Assert.Empty(after.Table.Held);
        Assert.Equal(1000 * Second, after.Table.HoldsSince);
    }

    [Fact]
    public void Session_of_a_static_mapping_should_bring_its_client_back()
    {
        var policy = Policy with { StaticMappings = [StaticMapping.Parse("tcp 20080 -> 10.61.0.2:80")!] };
        var (before, after) = (new Run(policy), new Run(policy));
        var inner = PacketBuilder.Endpoint("10.61.0.2:80");
        before.Table.Claim(before.Client(1), inner.Address, default);
        before.Table.Open(before.Client(1).Id, Tcp("10.61.0.2:80"));
        Assert.Equal(1, after.Restore(ThroughText(NatSnapshot.Take(before.Table, before.Peers, default))));
        Assert.Equal(after.Client(1).Id, Assert.Single(after.Table.Statics).Mapping?.Client);
        Assert.Equal(0, after.Table.MappingsOf(after.Client(1).Id));
    }

    [Fact]
    public void Saved_sessions_should_be_refused_one_by_one_when_they_contradict_each_other_or_themselves()
    {
        var good = new SavedSession(
            "10.9.0.1:40000", IpProtocol.Udp, PacketBuilder.Endpoint("10.61.0.2:1"), PacketBuilder.Endpoint("192.168.61.123:20001"),
            PacketBuilder.Endpoint("203.0.113.1:53"), false, 3, Second, Second);
        var run = new Run(Policy);
        Assert.Equal(1, run.Restore(new NatSnapshot([
            good,
            good,
            good with { Client = "10.9.0.2:40000" }, // the port is another's
            good with { Remote = PacketBuilder.Endpoint("203.0.113.1:54"), Outer = PacketBuilder.Endpoint("192.168.61.123:20002") },
            good with { Remote = PacketBuilder.Endpoint("[2001:db8::1]:53") },
            good with { Inner = PacketBuilder.Endpoint("169.254.0.1:1"), Outer = PacketBuilder.Endpoint("192.168.61.123:20003") },
            good with { Protocol = IpProtocol.Icmp, Outer = PacketBuilder.Endpoint("192.168.61.123:20003") },
            good with { Protocol = IpProtocol.IcmpV6, Remote = PacketBuilder.Endpoint("203.0.113.1:0"), Outer = PacketBuilder.Endpoint("192.168.61.123:20003") },
        ], [], [], default)));
    }
}
