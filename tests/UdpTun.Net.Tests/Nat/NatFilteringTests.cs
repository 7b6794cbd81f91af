using CsCheck;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Nat;
using UdpTun.Testing.Packets;
using static UdpTun.Net.Tests.Nat.NatFixture;

namespace UdpTun.Net.Tests.Nat;

public sealed class NatFilteringTests
{
    private static NatTable TableWith(Filtering filtering, int quota = 4096) =>
        Table(Policy with { Filtering = new NatFiltering(filtering, filtering), MaxSessionsPerClient = quota });

    private static DropReason Accept(
        NatTable table, NatSession through, string remote, out NatSession session, TcpFlags flags = TcpFlags.Syn, TimeSpan now = default)
    {
        var key = through.InboundFlow with { Source = PacketBuilder.Endpoint(remote) };
        return table.TryAccept(PacketGen.Build(key, [1], flags), key, now, out session);
    }

    [Theory]
    [InlineData(Filtering.EndpointIndependent, "203.0.113.1:99", DropReason.None)]
    [InlineData(Filtering.EndpointIndependent, "198.51.100.1:53", DropReason.None)]
    [InlineData(Filtering.AddressDependent, "203.0.113.1:99", DropReason.None)]
    [InlineData(Filtering.AddressDependent, "198.51.100.1:53", DropReason.Filtered)]
    [InlineData(Filtering.AddressAndPortDependent, "203.0.113.1:99", DropReason.Filtered)]
    [InlineData(Filtering.AddressAndPortDependent, "198.51.100.1:53", DropReason.Filtered)]
    public void Stranger_should_be_let_in_as_the_class_says(Filtering filtering, string remote, DropReason expected)
    {
        foreach (var flow in new[] { Udp("10.61.0.2:5000", "203.0.113.1:53"), Tcp("10.61.0.2:5000", "203.0.113.1:53") })
        {
            var table = TableWith(filtering);
            var session = table.Open(Alice, flow);
            Assert.Equal(expected, Accept(table, session, remote, out var accepted));
            Assert.Equal(expected == DropReason.None ? 2 : 1, table.SessionCount);
            if (expected != DropReason.None) continue;
            Assert.Same(session.Mapping, accepted.Mapping);
            Assert.True(table.TryFindOutbound(Alice, flow with { Destination = PacketBuilder.Endpoint(remote) }, out var found));
            Assert.Same(accepted, found);
        }
    }

    [Fact]
    public void Classes_should_be_the_protocol_s_own()
    {
        var table = Table(Policy with { Filtering = new NatFiltering(Udp: Filtering.EndpointIndependent, Tcp: Filtering.AddressAndPortDependent) });
        Assert.Equal(DropReason.None, Accept(table, table.Open(Alice, Udp("10.61.0.2:5000")), "198.51.100.1:1", out _));
        Assert.Equal(DropReason.Filtered, Accept(table, table.Open(Alice, Tcp("10.61.0.2:5000")), "198.51.100.1:1", out _));
    }

    [Fact]
    public void Address_should_be_let_in_no_longer_than_the_client_has_a_session_to_it()
    {
        var table = TableWith(Filtering.AddressDependent);
        var kept = table.Open(Alice, Udp("10.61.0.2:5000", "192.0.2.1:1"));
        var (first, second) = (table.Open(Alice, Udp("10.61.0.2:5000", "203.0.113.1:1")), table.Open(Alice, Udp("10.61.0.2:5000", "203.0.113.1:2")));
        table.Close(first, default);
        Assert.Equal(DropReason.None, Accept(table, kept, "203.0.113.1:3", out var accepted));
        table.Close(second, default);
        table.Close(accepted, default);
        Assert.Equal(DropReason.Filtered, Accept(table, kept, "203.0.113.1:3", out _));
    }

    [Fact]
    public void Permission_should_be_the_mapping_s_own()
    {
        var table = TableWith(Filtering.AddressDependent);
        table.Open(Alice, Udp("10.61.0.2:5000", "203.0.113.1:1"));
        Assert.Equal(DropReason.Filtered, Accept(table, table.Open(Bob, Udp("10.61.0.2:5000", "192.0.2.1:1")), "203.0.113.1:1", out _));
    }

    [Theory]
    [InlineData(TcpFlags.Ack)]
    [InlineData(TcpFlags.Syn | TcpFlags.Ack)]
    [InlineData(TcpFlags.Rst)]
    [InlineData(TcpFlags.Fin | TcpFlags.Ack)]
    [InlineData(TcpFlags.None)]
    public void Connection_should_be_opened_from_outside_by_a_SYN_alone(TcpFlags flags)
    {
        var table = TableWith(Filtering.EndpointIndependent);
        Assert.Equal(DropReason.NoSession, Accept(table, table.Open(Alice, Tcp("10.61.0.2:5000")), "198.51.100.1:1", out _, flags));
        Assert.Equal(1, table.SessionCount);
    }

    [Fact]
    public void Query_should_never_be_let_in()
    {
        var table = TableWith(Filtering.EndpointIndependent);
        var outer = table.Open(Alice, Key(IpProtocol.Icmp, "10.61.0.2:7", "203.0.113.1:0")).Mapping.Outer;
        foreach (var packet in new[]
        {
            PacketBuilder.EchoReply("198.51.100.1", outer.Address.ToString(), outer.Port),
            PacketBuilder.EchoRequest("198.51.100.1", outer.Address.ToString(), outer.Port),
        })
        {
            Assert.Equal(DropReason.None, PacketParser.Parse(packet, out var key));
            Assert.Equal(DropReason.NoSession, table.TryAccept(packet, key, default, out _));
        }
    }

    [Fact]
    public void Nobody_should_be_let_in_where_nothing_is_mapped_or_no_longer()
    {
        var table = TableWith(Filtering.EndpointIndependent);
        var session = table.Open(Alice, Udp("10.61.0.2:5000"));
        table.Close(session, default);
        Assert.Equal(DropReason.NoSession, Accept(table, session, "198.51.100.1:1", out _));
        Assert.Equal(DropReason.NoSession, Accept(table, session, "203.0.113.1:53", out _));
    }

    [Fact]
    public void Strangers_should_count_against_the_client_s_quota()
    {
        var table = TableWith(Filtering.EndpointIndependent, quota: 2);
        var session = table.Open(Alice, Udp("10.61.0.2:5000"));
        Assert.Equal(DropReason.None, Accept(table, session, "198.51.100.1:1", out var accepted));
        Assert.Equal(DropReason.TooManySessions, Accept(table, session, "198.51.100.1:2", out _));
        Assert.Equal(DropReason.None, Accept(table, session, "198.51.100.1:1", out var again));
        Assert.Same(accepted, again);
    }

    [Theory]
    [InlineData(0, 100)]
    [InlineData(50, 100)]
    [InlineData(90, 100)]
    [InlineData(50, 7)]
    public void Flood_of_strangers_should_leave_the_client_its_share_of_sessions(int percent, int quota)
    {
        var table = Table(Policy with
        {
            Filtering = new NatFiltering(Filtering.EndpointIndependent, Filtering.EndpointIndependent),
            MaxSessionsPerClient = quota,
            MaxPercentFromOutside = percent,
        });
        var own = table.Open(Alice, Udp("10.61.0.2:5000"));
        var admitted = Enumerable.Range(1, 10_000).Count(port => Accept(table, own, $"198.51.100.1:{port}", out _) == DropReason.None);
        Assert.Equal((quota * percent / 100, admitted), (admitted, table.SessionsFromOutside(Alice)));
        Assert.Equal(DropReason.TooManySessionsFromOutside, Accept(table, own, "198.51.100.2:1", out _));

        for (var port = 1; port < quota - admitted; port++) table.Open(Alice, Tcp($"10.61.0.2:{port}"));
        Assert.Equal(DropReason.TooManySessions, table.TryOpen(Alice, Tcp("10.61.0.2:9999"), default, out _));
    }

    [Fact]
    public void Stranger_s_share_should_be_free_again_when_its_session_ends()
    {
        var table = TableWith(Filtering.EndpointIndependent, quota: 2);
        var own = table.Open(Alice, Udp("10.61.0.2:5000"));
        Accept(table, own, "198.51.100.1:1", out var stranger);
        table.Close(stranger, default);
        Assert.Equal(0, table.SessionsFromOutside(Alice));
        Assert.Equal(DropReason.None, Accept(table, own, "198.51.100.1:2", out _));
    }

    [Fact]
    public void Session_opened_from_outside_should_be_established_by_the_client_s_answer()
    {
        var table = TableWith(Filtering.EndpointIndependent);
        Accept(table, table.Open(Alice, Udp("10.61.0.2:5000")), "198.51.100.1:1", out var session);
        Assert.Equal(DropReason.None, session.TranslateInbound(PacketGen.Build(session.InboundFlow, []), false, default));
        Assert.Equal(SessionState.Opening, session.State);
        var answer = PacketGen.Build(Udp("10.61.0.2:5000", "198.51.100.1:1"), []);
        Assert.Equal(DropReason.None, session.TranslateOutbound(answer, false, default));
        Assert.Equal(SessionState.Established, session.State);
    }

    [Fact]
    public void Mapping_should_live_as_long_as_a_session_opened_from_outside()
    {
        var table = TableWith(Filtering.EndpointIndependent);
        var first = table.Open(Alice, Udp("10.61.0.2:5000"));
        Accept(table, first, "198.51.100.1:1", out _, now: TimeSpan.FromSeconds(200));
        var ended = new List<NatSession>();
        table.Sweep(TimeSpan.FromSeconds(300), 10, ended);
        Assert.Equal([first], ended);
        Assert.Equal(1, table.MappingCount);
        table.Sweep(TimeSpan.FromSeconds(500), 10, ended);
        Assert.Equal((0, 0), (table.MappingCount, table.MappingsOf(Alice)));
    }

    [Fact]
    public void Filter_should_equal_its_plain_twin_for_any_sequence()
    {
        var step = Gen.Select(Gen.Int[0, 2], Gen.Int[1, 2], Gen.Int[1, 3], Gen.Int[1, 3]);
        Gen.Select(Gen.Enum<Filtering>(), step.Array[0, 150]).Sample((filtering, steps) =>
        {
            var table = TableWith(filtering);
            foreach (var (action, inner, address, port) in steps)
            {
                var remote = $"203.0.113.{address}:{port}";
                var mapped = table.Sessions.Where(session => session.Mapping.Inner.Port == inner).ToList();
                if (action == 0)
                {
                    table.Open(Alice, Udp($"10.61.0.2:{inner}", remote));
                }
                else if (mapped.Count > 0 && action == 1)
                {
                    table.Close(mapped[port % mapped.Count], default);
                }
                else if (mapped.Count > 0)
                {
                    var expected = mapped.Any(session => session.Remote == PacketBuilder.Endpoint(remote)) || filtering switch
                    {
                        Filtering.EndpointIndependent => true,
                        Filtering.AddressDependent => mapped.Any(session => session.Remote.Address == PacketBuilder.Endpoint(remote).Address),
                        _ => false,
                    };
                    Assert.Equal(expected ? DropReason.None : DropReason.Filtered, Accept(table, mapped[0], remote, out _));
                }
            }
        }, iter: 500);
    }

    [Fact]
    public void Later_fragment_should_open_no_session_from_outside()
    {
        var table = NatFixture.Table(NatFixture.Policy with { Filtering = new(Filtering.EndpointIndependent, Filtering.EndpointIndependent) });
        var session = table.Open(NatFixture.Alice, NatFixture.Udp("10.61.0.2:5000"));
        var stranger = NatFixture.Key(IpProtocol.Udp, "198.51.100.7:7", session.Mapping.Outer.ToString());
        var fragments = Fragmenter.Cut(PacketGen.Build(stranger, new byte[100]), 40, 7);

        Assert.Equal(DropReason.NoSession, table.TryAccept(fragments[1], stranger, default, out _));
        Assert.Equal(DropReason.None, table.TryAccept(fragments[0], stranger, default, out _));
    }
}
