using System.Buffers;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.Offload;
using UdpTun.Net.Tests.Nat;
using UdpTun.Net.Tests.Offload;
using UdpTun.Net.Treatment;
using UdpTun.Net.Treatment.Capture;
using UdpTun.Net.Treatment.Faults;
using UdpTun.Testing.Memory;
using UdpTun.Testing.Packets;

namespace UdpTun.Net.Tests.Treatment.Capture;

/// <summary>From a tapped session to the file that an analyser opens.</summary>
public sealed class CaptureTests
{
    private static readonly DateTimeOffset ClockStart = new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Now = TimeSpan.FromMilliseconds(1500);
    private static readonly InetEndpoint Client = PacketBuilder.Endpoint("10.9.0.1:40000");

    private readonly PacketPool _pool = new(4);
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private readonly NatTable _table = NatFixture.Table();
    private readonly DropCounters _drops = new();

    [Fact]
    public void Both_views_of_a_packet_should_be_in_the_file_with_what_was_decided()
    {
        var (tap, session) = Tapped(NatFixture.Udp("10.61.0.2:5000"));
        var question = PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53", "who"u8);
        Pass(session, [question], outbound: true);
        var answer = PacketBuilder.Udp(session.Remote, session.Mapping.Outer, "me"u8);
        Pass(session, [answer], outbound: false);

        var file = Finish(tap);
        var outer = session.Mapping.Outer;
        Assert.Equal(["inner", "outer"], file.Interfaces);
        Assert.Equal([0, 1, 1, 0], file.Packets.Select(packet => packet.Interface));
        Assert.Equal([1, 2, 1, 2], file.Packets.Select(packet => packet.Direction));
        Assert.Equal(question, file.Packets[0].Bytes);
        Assert.Equal(answer, file.Packets[2].Bytes);
        Assert.Equal(new FlowKey(IpProtocol.Udp, outer, session.Remote), KeyOf(file.Packets[1].Bytes));
        Assert.Equal(new FlowKey(IpProtocol.Udp, session.Remote, session.Mapping.Inner), KeyOf(file.Packets[3].Bytes));
        Assert.All(file.Packets, packet => Assert.True(PlainChecksum.IsIntact(packet.Bytes)));
        Assert.Equal(file.Packets[0].Number, file.Packets[1].Number);
        Assert.Equal(file.Packets[2].Number, file.Packets[3].Number);
        Assert.NotEqual(file.Packets[0].Number, file.Packets[2].Number);
        Assert.Equal((ClockStart.ToUnixTimeMilliseconds() + 1500) * 1_000_000, file.Packets[0].Nanoseconds);
        Assert.Equal(
            [
                $"opened session {session.Name} for client {Client}: 10.61.0.2:5000 leaves as {outer}",
                $"{session.Name}: source 10.61.0.2:5000 translated to {outer}",
                "",
                $"{session.Name}: destination {outer} translated to 10.61.0.2:5000",
            ],
            file.Packets.Select(packet => packet.Comment));
        Assert.Equal(((2, 0), (2, 0)), (file.Statistics[0], file.Statistics[1]));
    }

    [Fact]
    public void Super_packet_should_be_in_the_file_as_the_packets_it_stands_for_with_right_checksums()
    {
        var flow = NatFixture.Tcp("10.61.0.2:5000");
        var (tap, session) = Tapped(flow);
        var data = Enumerable.Range(0, 5000).Select(i => (byte)i).ToArray();
        var (packet, offload) = Segments.Join(flow, data, 1300);
        Pass(session, [packet], outbound: true, offload);

        var file = Finish(tap);
        Assert.Equal([0, 0, 0, 0, 1, 1, 1, 1], file.Packets.Select(seen => seen.Interface));
        Assert.All(file.Packets, seen => Assert.True(PlainChecksum.IsIntact(seen.Bytes)));
        Assert.Equal(Segments.Of(flow, data, 1300), file.Packets.Take(4).Select(seen => seen.Bytes));
        Assert.Equal((4, 0), file.Statistics[1]);
    }

    [Fact]
    public void Joined_packets_should_come_apart_again()
    {
        var flow = NatFixture.Tcp("10.61.0.2:5000");
        var (tap, session) = Tapped(flow);
        var data = Enumerable.Range(0, 5000).Select(i => (byte)i).ToArray();
        var burst = _pool.LeaseWith(Segments.Of(flow, data, 1300));
        new Coalescer(joinsUdp: true).Join(burst, 0, burst.Count);
        Assert.True(burst.Packets[1].IsTail);
        Pass(session, burst, outbound: true);

        var file = Finish(tap);
        Assert.Equal(Segments.Of(flow, data, 1300), file.Packets.Take(4).Select(seen => seen.Bytes));
        Assert.Equal(8, file.Packets.Count);
        Assert.All(file.Packets, seen => Assert.True(PlainChecksum.IsIntact(seen.Bytes)));
    }

    [Fact]
    public void Pending_checksum_should_be_finished_in_the_copy_and_stay_pending_in_the_line()
    {
        var flow = NatFixture.Udp("[fd61::2]:5000", "[2001:db8::1]:53");
        var (tap, session) = Tapped(flow);
        var packet = PacketBuilder.WithPendingChecksum(PacketBuilder.Udp(flow.Source, flow.Destination, "who"u8));
        var left = Pass(session, [packet], outbound: true, new PacketOffload(SegmentKind.None, true, 0, 0, 40, 6));

        Assert.False(PlainChecksum.IsIntact(left[0]));
        Assert.All(Finish(tap).Packets, seen => Assert.True(PlainChecksum.IsIntact(seen.Bytes)));
    }

    [Fact]
    public void Dropped_packet_should_be_in_the_file_once_with_the_reason()
    {
        var (tap, session) = Tapped(NatFixture.Udp("10.61.0.2:5000"));
        Pass(session, [PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53"), PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.2:53")], outbound: true);
        var file = Finish(tap);
        Assert.Equal([0, 0, 1], file.Packets.Select(packet => packet.Interface));
        Assert.Equal($"{session.Name}: dropped, {_drops}".Replace("=1", ""), file.Packets[1].Comment);
    }

    [Fact]
    public void Fault_should_be_in_the_file_as_a_drop()
    {
        var (tap, session) = Tapped(NatFixture.Udp("10.61.0.2:5000"));
        session.Treatment!.SetFaults(new FlowFaults { IsBlackhole = true });
        using var batch = new Owned(_pool.LeaseWith(PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53")));
        session.Treatment.Hold(batch.Packets, outbound: true, Now, _drops);
        var seen = Assert.Single(Finish(tap).Packets);
        Assert.EndsWith($"; {session.Name}: dropped, FaultInjected", seen.Comment);
    }

    [Fact]
    public void What_finds_no_room_should_be_counted_and_told_in_the_file()
    {
        var (tap, session) = Tapped(NatFixture.Udp("10.61.0.2:5000"), new PacketTap(capacity: 4096));
        for (var i = 0; i < 10; i++) Pass(session, [PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53", new byte[1000])], outbound: true);

        var file = Finish(tap);
        var missed = tap.Missed(CaptureSide.Inner).Packets + tap.Missed(CaptureSide.Outer).Packets;
        Assert.Equal(20, file.Packets.Count + missed);
        Assert.InRange(file.Packets.Count, 1, 4);
        Assert.Equal((10, tap.Missed(CaptureSide.Inner).Packets), file.Statistics[0]);
        Assert.Equal((10, tap.Missed(CaptureSide.Outer).Packets), file.Statistics[1]);

        // And the room is there again.
        Pass(session, [PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53")], outbound: true);
        Assert.Equal(missed, tap.Missed(CaptureSide.Inner).Packets + tap.Missed(CaptureSide.Outer).Packets);
    }

    [Fact]
    public void Ended_tap_should_let_go_of_its_sessions()
    {
        var (tap, session) = Tapped(NatFixture.Udp("10.61.0.2:5000"));
        tap.End();
        Assert.Null(session.Treatment);
        Assert.Empty(Finish(tap).Packets);
    }

    [Fact]
    public void Session_should_be_in_a_tap_once_however_often_it_is_put_in()
    {
        var (tap, session) = Tapped(NatFixture.Udp("10.61.0.2:5000"));
        session.Treatment!.Add(new SessionTap(tap, session, Client, isNew: false));
        Assert.Single(session.Treatment.Taps);
    }

    [Fact]
    public void Refused_packet_should_be_in_the_file_without_a_session()
    {
        var tap = new PacketTap(1 << 16);
        using var batch = new Owned(_pool.LeaseWith(PacketBuilder.Udp("10.61.0.2:5000", "10.0.0.1:53")));
        tap.CopyRefused(batch.Packets, NatFixture.Udp("10.61.0.2:5000", "10.0.0.1:53"), Client, outbound: true, Now, DropReason.ForbiddenDestination);
        var seen = Assert.Single(Finish(tap).Packets);
        Assert.Equal($"dropped, ForbiddenDestination: no session for Udp 10.61.0.2:5000 > 10.0.0.1:53 of client {Client}", seen.Comment);
    }

    [Fact]
    public void Tapping_should_allocate_nothing()
    {
        var (tap, session) = Tapped(NatFixture.Udp("10.61.0.2:5000"), new PacketTap(1 << 20));
        using var batch = new Owned(_pool.LeaseWith(PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53", new byte[1000])));
        Assert.Equal(0, AllocationProbe.BytesOf(() =>
        {
            session.Treatment!.Arrive(batch.Packets, outbound: true, Now);
            session.Treatment.Leave(batch.Packets, outbound: true, Now);
        }));
        Assert.True(tap.Seen(CaptureSide.Inner).Packets > 0);
    }

    private static FlowKey KeyOf(byte[] packet)
    {
        Assert.Equal(DropReason.None, PacketParser.Parse(packet, out var key));
        return key;
    }

    private (PacketTap Tap, NatSession Session) Tapped(FlowKey flow, PacketTap? tap = null)
    {
        tap ??= new PacketTap(1 << 20);
        var session = _table.Open(NatFixture.Alice, flow);
        session.Treatment = new SessionTreatment();
        session.Treatment.Add(new SessionTap(tap, session, Client, isNew: true));
        return (tap, session);
    }

    private List<byte[]> Pass(NatSession session, byte[][] packets, bool outbound, PacketOffload offload = default)
    {
        Assert.True(_pool.TryLease(out var burst));
        foreach (var packet in packets) burst.Put(packet, offload);
        return Pass(session, burst, outbound);
    }

    /// <summary>What a session's actor does with a batch; returns what goes on.</summary>
    private List<byte[]> Pass(NatSession session, PacketBurst burst, bool outbound)
    {
        using var batch = new Owned(burst);
        var packets = batch.Packets;
        session.Treatment!.Arrive(packets, outbound, Now);
        for (var i = 0; i < packets.Count; i++)
        {
            if (packets[i].IsTail) continue;
            var pending = packets[i].Offload.ChecksumPending;
            var reason = outbound ? session.TranslateOutbound(packets.Packet(i), pending, Now) : session.TranslateInbound(packets.Packet(i), pending, Now);
            if (reason == DropReason.None) continue;
            session.Treatment.Drop(i, reason);
            _drops.Add(reason, packets.Drop(i));
        }

        session.Treatment.Leave(packets, outbound, Now);
        return [.. Enumerable.Range(0, packets.Count).Where(i => packets[i].Length > 0).Select(i => packets.Packet(i).ToArray())];
    }

    private PcapngFile Finish(PacketTap tap)
    {
        var writer = new CaptureWriter(tap, _bytes, ClockStart);
        writer.Begin();
        while (writer.Write(1 << 20)) Assert.True(_bytes.WrittenCount < 1 << 26);
        writer.WriteStatistics(Now);
        return PcapngFile.Read(_bytes.WrittenSpan);
    }

    private sealed class Owned : IDisposable
    {
        public Owned(PacketBurst burst)
        {
            Packets = burst.Share(0, burst.Count);
            burst.Release();
        }

        public PacketBatch Packets { get; }

        public void Dispose() => Packets.Release();
    }
}
