using CsCheck;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;
using UdpTun.Testing.Packets;

namespace UdpTun.Net.Tests.Nat;

/// <summary>The table and its sessions against <see cref="PlainNat"/>, packet by packet, whatever comes from either side and when.</summary>
public sealed class NatModelTests
{
    private static readonly TcpFlags[] Flags =
        [TcpFlags.Syn, TcpFlags.Syn | TcpFlags.Ack, TcpFlags.Ack, TcpFlags.Ack, TcpFlags.Ack | TcpFlags.Fin, TcpFlags.Rst, TcpFlags.Rst | TcpFlags.Ack];

    /// <summary>A packet of the client's or of the remote's, and how long it comes after the last one.</summary>
    private sealed record Step(PeerId Client, FlowKey Flow, TcpFlags Flags, bool Outbound, TimeSpan Wait);

    private static readonly Gen<FlowKey> Flow =
        Gen.Select(Gen.OneOf(IpProtocol.Tcp, IpProtocol.Udp, IpProtocol.Icmp), Gen.Int[1, 3], Gen.Int[1, 2], Gen.Int[1, 2]).Select(
            (protocol, inner, host, port) => new FlowKey(
                protocol,
                PacketBuilder.Endpoint($"10.61.0.2:{5000 + inner}"),
                PacketBuilder.Endpoint($"203.0.113.{host}:{(protocol == IpProtocol.Icmp ? 0 : 50 + port)}")));

    private static readonly Gen<Step> Steps = Gen.Select(
        Gen.OneOf(NatFixture.Alice, NatFixture.Bob), Flow, Gen.OneOf(Flags), Gen.Bool,
        Gen.Frequency((12, Gen.Const(0)), (4, Gen.Int[1, 100]), (2, Gen.Int[101, 400]), (1, Gen.Int[1000, 9000])),
        (client, flow, flags, outbound, wait) => new Step(client, flow, flags, outbound, TimeSpan.FromSeconds(wait)));

    [Fact]
    public void Table_should_do_what_its_plain_twin_does() =>
        Gen.Select(Gen.Enum<Filtering>(), Gen.Bool, Gen.Int, Steps.Array[1, 80]).Sample((filtering, inboundRefresh, seed, steps) =>
        {
            var policy = NatFixture.Policy with
            {
                Filtering = new NatFiltering(filtering, filtering),
                InboundRefresh = inboundRefresh,
                PortSelection = PortSelection.Random,
                MaxSessionsPerClient = 6,
                MaxMappingsPerClient = 4,
            };
            Run(NatFixture.Table(policy, seed), new PlainNat(policy), steps);
        }, iter: 5000);

    private static void Run(NatTable table, PlainNat plain, Step[] steps)
    {
        var now = TimeSpan.Zero;
        foreach (var step in steps)
        {
            now += step.Wait;
            while (!table.Sweep(now, 3, []))
            {
            }

            plain.Sweep(now);
            if (step.Outbound) GoOut(table, plain, step, now);
            else ComeIn(table, plain, step, now);
            Assert.Equal(plain.Sessions.Count, table.SessionCount);
        }
    }

    private static void GoOut(NatTable table, PlainNat plain, Step step, TimeSpan now)
    {
        var expected = plain.FindOutbound(step.Client, step.Flow);
        Assert.Equal(expected is not null, table.TryFindOutbound(step.Client, step.Flow, out var session));
        if (expected is null)
        {
            var (fixedOuter, hasRoom) = (plain.OuterOf(step.Client, step.Flow), plain.HasRoom(step.Client, step.Flow));
            var reason = table.TryOpen(step.Client, step.Flow, now, out session);
            Assert.Equal(hasRoom, reason == DropReason.None);
            if (!hasRoom) return;
            if (fixedOuter is { } outer) Assert.Equal(outer, session.Mapping.Outer);
            else Assert.False(plain.IsTaken(step.Flow.Protocol, session.Mapping.Outer));
            expected = new PlainNat.Session(step.Client, step.Flow, session.Mapping.Outer);
            plain.Sessions.Add(expected);
        }

        var packet = PacketGen.Build(step.Flow, [1, 2, 3], step.Flags);
        Assert.Equal(DropReason.None, session!.TranslateOutbound(packet, false, now));
        Assert.Equal(PacketGen.Build(step.Flow with { Source = expected.Outer }, [1, 2, 3], step.Flags), packet);
        expected.Packets.Add((now, step.Flags, true));
    }

    private static void ComeIn(NatTable table, PlainNat plain, Step step, TimeSpan now)
    {
        // To whatever the client's inner endpoint is mapped to, by the remote of the flow, known or not.
        if (plain.OuterOf(step.Client, step.Flow) is not { } outer) return;
        var key = new FlowKey(step.Flow.Protocol, step.Flow.Destination, outer);
        var expected = plain.FindInbound(key);
        Assert.Equal(expected is not null, table.TryFindInbound(key, out var session));
        var packet = PacketGen.Build(key, [4, 5, 6], step.Flags);
        if (expected is null)
        {
            var admitted = plain.Admit(key, step.Flags);
            var hasRoom = admitted is not null && plain.HasRoom(step.Client, step.Flow) && plain.HasRoomFromOutside(step.Client);
            Assert.Equal(hasRoom, table.TryAccept(packet, key, now, out session) == DropReason.None);
            if (!hasRoom) return;
            expected = new PlainNat.Session(step.Client, step.Flow, outer, fromOutside: true);
            plain.Sessions.Add(expected);
        }

        Assert.Equal(DropReason.None, session!.TranslateInbound(packet, false, now));
        Assert.Equal(PacketGen.Build(step.Flow.Reversed(), [4, 5, 6], step.Flags), packet);
        if (expected.Packets.Count == 0) expected.Packets.Add((now, TcpFlags.None, false)); // its opening
        expected.Packets.Add((now, step.Flags, false));
    }
}
