using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Icmp;
using UdpTun.Net.Nat;
using UdpTun.Net.Tests.Nat;
using UdpTun.Testing.Fuzzing;
using UdpTun.Testing.Packets;
using Xunit.Abstractions;

namespace UdpTun.Net.Tests.Fuzzing;

/// <summary>Packets that are answered, turned round, kept or marked: whatever their bytes, nothing throws, and what is written is whole.</summary>
public sealed class ErrorFuzzTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Errors_of_our_own_should_be_whole_and_followed_by_their_own_parser(bool fromClient)
    {
        var message = new byte[IcmpErrorMessage.MaxLength];
        var from4 = InetAddress.Parse(fromClient ? "192.168.61.1" : "203.0.113.99");
        var from6 = InetAddress.Parse(fromClient ? "fd61::1" : "2001:db8::99");
        var written = 0;
        Fuzz(packet =>
        {
            if (PacketParser.Parse(packet, out _) is not (DropReason.None or DropReason.Fragment)) return;
            if (!IcmpErrorMessage.IsAllowedAbout(packet)) return;
            var isV4 = packet[0] >> 4 == 4;
            foreach (var kind in Enum.GetValues<IcmpErrorKind>())
            {
                var length = IcmpErrorMessage.Write(message, packet, isV4 ? from4 : from6, kind);
                Assert.True(PlainChecksum.IsIntact(message.AsSpan(0, length)));
                Assert.False(IcmpErrorMessage.IsAllowedAbout(message.AsSpan(0, length)));
                written++;
            }
        });
        Assert.NotEqual(0, written);
    }

    [Fact]
    public void Unsolicited_connections_should_be_kept_and_given_back_whatever_their_bytes()
    {
        var syns = new UnsolicitedSyns();
        var message = new byte[IcmpErrorMessage.MaxLength];
        var (now, due) = (TimeSpan.Zero, 0);
        Fuzz(packet =>
        {
            now += TimeSpan.FromMilliseconds(100);
            if (PacketParser.Parse(packet, out var flow) is DropReason.None or DropReason.Fragment) syns.Hold(packet, flow, now);
            while (syns.TryTakeDue(now, out var held, out var quote))
            {
                var length = IcmpErrorMessage.Write(message, quote, held.Destination.Address, IcmpErrorKind.PortUnreachable);
                Assert.True(PlainChecksum.IsIntact(message.AsSpan(0, length)));
                due++;
            }
        });
        Assert.NotEqual(0, due);
    }

    /// <summary>What one client sends to the other's external endpoint, and its errors about what came from there.</summary>
    [Fact]
    public void Packets_between_clients_should_arrive_intact_or_not_at_all()
    {
        var (hairpin, pairs) = Neighbours();
        var (turned, turnedErrors) = (0, 0);
        Fuzz(packet =>
        {
            if (PacketParser.Parse(packet, out _, out var isError) is not (DropReason.None or DropReason.Fragment)) return;
            var wasIntact = Intact.Is(packet, isError);
            foreach (var (near, far) in pairs)
            {
                var copy = packet.ToArray();
                if (near.TranslateOutbound(copy, false, default) != DropReason.None) continue;
                if (hairpin.Turn(copy, near) != DropReason.None) continue;
                if (far.TranslateInbound(copy, false, default) != DropReason.None) continue;
                if (wasIntact is { } intact) Assert.Equal(intact, PlainChecksum.IsIntact(copy));
                if (isError) turnedErrors++;
                else turned++;
            }
        });
        Assert.NotEqual(0, turned);
        Assert.NotEqual(0, turnedErrors);
    }

    [Fact]
    public void Congestion_should_be_told_in_any_packet_without_breaking_it()
    {
        var drops = new DropCounters();
        var pool = new PacketPool(1);
        var marks = 0;
        Fuzz(packet =>
        {
            if (packet.IsEmpty) return;
            var wasIntact = Intact.Is(packet, isError: false);
            Assert.True(pool.TryLease(out var burst));
            burst.Put(packet.ToArray());
            burst.Packets[0] = burst.Packets[0] with { OuterClass = new TrafficClass((byte)(++marks & 3)) };
            OuterClass.Apply(burst, drops);
            if (wasIntact is { } intact && burst.Packets[0].Length > 0) Assert.Equal(intact, PlainChecksum.IsIntact(burst.Packet(0)));
            burst.Release();
        });
        Assert.NotEqual(0, drops.Total);
    }

    /// <summary>
    /// Two clients that talk by external endpoints which are those of the mutator's flows: near leaves as port 5000, far as port 53.
    /// </summary>
    private static (Hairpin Hairpin, (NatSession Near, NatSession Far)[] Pairs) Neighbours()
    {
        var table = NatFixture.Table(NatFixture.Policy with { Ports = new PortRange(1, 65535), PortSelection = PortSelection.Preserve });
        var external = PacketMutator.Flows.Select((flow, i) =>
            (i == 0 ? NatFixture.Policy.OuterV4[0] : NatFixture.Policy.OuterV6[0], PacketBuilder.Endpoint(flow.Remote).Address));
        var pairs = PacketMutator.Flows.SelectMany(flow => new[] { IpProtocol.Udp, IpProtocol.Tcp }.Select(protocol =>
        {
            var (inner, remote) = (PacketBuilder.Endpoint(flow.Inner), PacketBuilder.Endpoint(flow.Remote));
            var near = table.Open(NatFixture.Alice, new FlowKey(protocol, inner, remote));
            var far = table.Open(NatFixture.Bob, new FlowKey(protocol, inner with { Port = remote.Port }, remote with { Port = inner.Port }));
            Assert.Equal((inner.Port, remote.Port), (near.Mapping.Outer.Port, far.Mapping.Outer.Port));
            return (near, far);
        })).ToArray();
        return (new Hairpin(table, new ExternalAddresses([.. external])), pairs);
    }

    private void Fuzz(Fuzzer.PacketTarget target) => new Fuzzer(output.WriteLine).Packets(target);
}
