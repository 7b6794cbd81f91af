using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Fragments;
using UdpTun.Net.Headers;
using UdpTun.Net.Icmp;
using UdpTun.Net.Nat;
using UdpTun.Net.Offload;
using UdpTun.Net.PortMapping;
using UdpTun.Net.Tests.Nat;
using UdpTun.Net.Tests.Offload;
using UdpTun.Testing.Fuzzing;
using UdpTun.Testing.Packets;
using Xunit.Abstractions;

namespace UdpTun.Net.Tests.Fuzzing;

/// <summary>
/// Whatever the bytes, nothing that reads packets throws, reads past them or writes outside them.
/// </summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    [Fact]
    public void Parser_should_survive_any_packet() => Fuzz(packet => PacketParser.Parse(packet, out _));

    [Fact]
    public void Echo_responder_should_survive_any_packet() => Fuzz(packet => EchoResponder.Answer(packet));

    [Fact]
    public void Segment_size_clamp_should_survive_any_packet() => Fuzz(packet => TcpMss.Clamp(packet, 1380, checksumPending: false));

    [Fact]
    public void Port_requests_should_survive_any_packet()
    {
        var mapper = new PortMapper(NatFixture.Table(), ExternalAddresses.None, isOn: true, TimeSpan.FromHours(2));
        var answered = 0;
        Fuzz(packet =>
        {
            if (PacketParser.Parse(packet, out var flow) != DropReason.None || !PortMappingDatagram.IsMeant(flow)) return;
            var length = packet.Length;
            var room = new byte[length + PortMappingDatagram.MaxGrowth];
            packet.CopyTo(room);
            if (PortMappingDatagram.Answer(room, ref length, false, mapper, NatFixture.Alice, default) != DropReason.None) return;
            Assert.True(PlainChecksum.IsIntact(room.AsSpan(0, length)));
            answered++;
        });
        Assert.NotEqual(0, answered);
    }

    [Fact]
    public void Joined_packets_should_be_what_they_were_when_they_are_cut_again()
    {
        var coalescer = new Coalescer(joinsUdp: true);
        var pool = new PacketPool(1);
        var packets = new List<byte[]>();
        var tails = 0;
        Fuzz(packet =>
        {
            if (packet.IsEmpty) return;
            // Twice, so that many are joined: equal datagrams may be.
            packets.Add(packet.ToArray());
            packets.Add(packet.ToArray());
            if (packets.Count < 60) return;
            Assert.True(pool.TryLease(out var burst));
            foreach (var bytes in packets) burst.Put(bytes);
            coalescer.Join(burst, 0, burst.Count);
            foreach (var piece in burst.Packets) tails += piece.IsTail ? 1 : 0;
            var cut = Segments.Cut(burst);
            Assert.Equal(packets.Count, cut.Count);
            // xunit takes a hundred times as long to compare arrays, so it is asked only what to say of a difference.
            for (var i = 0; i < cut.Count; i++)
                if (!Neutral(packets[i]).AsSpan().SequenceEqual(Neutral(cut[i]))) Assert.Equal(packets[i], cut[i]);
            burst.Release();
            packets.Clear();
        });
        Assert.NotEqual(0, tails);

        // A packet that may not be cut has an identification that means nothing (RFC 6864), and a joined one's are made anew.
        static byte[] Neutral(byte[] packet)
        {
            if (packet.Length < 20 || packet[0] != 0x45 || packet[6] != 0x40) return packet;
            packet.AsSpan(4, 2).Clear();
            packet.AsSpan(10, 2).Clear();
            return packet;
        }
    }

    /// <summary>Known flows and their errors, both ways; what is taken keeps its checksums as right or wrong as they were.</summary>
    [Fact]
    public void Sessions_should_survive_any_packet()
    {
        var sessions = Sessions();
        Fuzz(packet =>
        {
            if (PacketParser.Parse(packet, out var key, out var isError) is not (DropReason.None or DropReason.Fragment)) return;
            var wasIntact = Intact.Is(packet, isError);
            foreach (var session in sessions)
            {
                var before = packet.ToArray();
                foreach (var outbound in (bool[])[true, false])
                {
                    var reason = outbound ? session.TranslateOutbound(packet, false, default) : session.TranslateInbound(packet, false, default);
                    if (reason != DropReason.None) Assert.True(before.AsSpan().SequenceEqual(packet));
                    else if (wasIntact is { } intact) Assert.Equal(intact, PlainChecksum.IsIntact(packet));
                    before.CopyTo(packet);
                }
            }
        });
    }

    [Fact]
    public void Grouper_with_fragments_should_account_for_every_packet()
    {
        var drops = new DropCounters();
        var fragments = new FragmentTracker(drops, new IpIdentifiers(new Random(1)));
        var grouper = new FlowGrouper(drops, fragments);
        var pool = new PacketPool(2);
        Assert.True(pool.TryLease(out var burst));
        var (put, passed, now) = (0L, 0L, TimeSpan.Zero);
        Fuzz(packet =>
        {
            if (packet.IsEmpty) return;
            put++;
            burst.Put(packet.ToArray());
            if (burst.Count < 60) return;
            now += TimeSpan.FromMilliseconds(10);
            Take(burst);
            while (fragments.HasReleased)
            {
                Assert.True(pool.TryLease(out var released));
                fragments.MoveReleasedTo(released);
                Take(released);
                released.Release();
            }

            burst.Release();
            Assert.True(pool.TryLease(out burst));
        });

        Take(burst);
        fragments.Expire(TimeSpan.MaxValue);
        burst.Release();
        Assert.Equal(put, passed + drops.Total);

        void Take(PacketBurst full)
        {
            foreach (var group in grouper.Group(full, now)) passed += group.Count;
        }
    }

    private static NatSession[] Sessions()
    {
        var table = NatFixture.Table();
        return [.. PacketMutator.Flows.SelectMany(flow => new[] { IpProtocol.Udp, IpProtocol.Tcp, IpProtocol.Icmp, IpProtocol.IcmpV6 }.Select(protocol =>
        {
            var (inner, remote) = (PacketBuilder.Endpoint(flow.Inner), PacketBuilder.Endpoint(flow.Remote));
            var isEcho = protocol is IpProtocol.Icmp or IpProtocol.IcmpV6;
            return (protocol, Key: new FlowKey(protocol, inner, isEcho ? remote with { Port = 0 } : remote));
        })).Where(flow => flow.protocol switch
        {
            IpProtocol.Icmp => flow.Key.Source.Address.IsV4,
            IpProtocol.IcmpV6 => !flow.Key.Source.Address.IsV4,
            _ => true,
        }).Select(flow => table.Open(NatFixture.Alice, flow.Key))];
    }

    private void Fuzz(Fuzzer.PacketTarget target) => new Fuzzer(output.WriteLine).Packets(target);
}
