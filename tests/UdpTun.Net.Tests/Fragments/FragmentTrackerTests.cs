using CsCheck;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Fragments;
using UdpTun.Net.Headers;
using UdpTun.Net.Nat;
using UdpTun.Testing.Memory;
using UdpTun.Testing.Packets;

namespace UdpTun.Net.Tests.Fragments;

public sealed class FragmentTrackerTests
{
    private const string Source = "10.61.0.2:5000";
    private const string Destination = "203.0.113.1:53";

    private readonly DropCounters _drops = new();
    private readonly FragmentTracker _tracker;
    private readonly PacketPool _pool = new(1);
    private TimeSpan _now;

    public FragmentTrackerTests() => _tracker = new FragmentTracker(_drops, null);

    private static byte[] Packet(int length = 4000, string source = Source) =>
        PacketBuilder.Udp(source, Destination, Enumerable.Range(0, length).Select(i => (byte)i).ToArray());

    private bool Follow(byte[] fragment, InetEndpoint remote = default) => _tracker.TryFollow(fragment, remote, _now, out _);

    private List<byte[]> TakeReleased()
    {
        var taken = new List<byte[]>();
        while (_tracker.HasReleased)
        {
            Assert.True(_pool.TryLease(out var burst));
            _tracker.MoveReleasedTo(burst);
            for (var i = 0; i < burst.Count; i++)
                if (Follow(burst.Packet(i).ToArray(), burst.Remotes[i])) taken.Add(burst.Packet(i).ToArray());
            burst.Release();
        }

        return taken;
    }

    [Theory]
    [InlineData("10.61.0.2:5000", "203.0.113.1:53")]
    [InlineData("[fd61::2]:5000", "[2001:db8::1]:53")]
    public void Fragments_should_have_the_flow_that_the_first_one_shows(string source, string destination)
    {
        var packet = PacketBuilder.Udp(source, destination, new byte[4000]);
        var expected = new FlowKey(IpProtocol.Udp, PacketBuilder.Endpoint(source), PacketBuilder.Endpoint(destination));
        foreach (var fragment in Fragmenter.Cut(packet, 1400, 7))
        {
            Assert.Equal(DropReason.Fragment, PacketParser.Parse(fragment, out _));
            Assert.True(_tracker.TryFollow(fragment, default, _now, out var key));
            Assert.Equal(expected, key);
        }

        Assert.Equal(0, _drops.Total);
    }

    [Fact]
    public void Fragments_in_any_order_should_all_pass_once_and_make_up_the_packet() =>
        Gen.Select(Gen.Int[1, 9000], Gen.Int[1, 180], Gen.Bool, Gen.Int).Sample((length, units, v4, seed) =>
        {
            var packet = v4 ? Packet(length) : PacketBuilder.Udp("[fd61::2]:5000", "[2001:db8::1]:53", new byte[length]);
            var fragments = Fragmenter.Cut(packet, Math.Max(8, units * 8), 7);
            if (fragments.Length is 1 or > 12) return;
            new Random(seed).Shuffle(fragments);
            var test = new FragmentTrackerTests();

            var passed = new List<byte[]>();
            foreach (var fragment in fragments)
            {
                if (test.Follow(fragment)) passed.Add(fragment);
                passed.AddRange(test.TakeReleased());
            }

            var joined = Fragmenter.Join(passed);
            Assert.Equal(packet[PlainChecksum.TransportAt(packet)..], joined[PlainChecksum.TransportAt(joined)..]);
            Assert.Equal(0, test._drops.Total);
        });

    [Fact]
    public void Clients_with_equal_addresses_and_identifications_should_not_meet()
    {
        var (alice, bob) = (PacketBuilder.Endpoint("198.51.100.1:1"), PacketBuilder.Endpoint("198.51.100.2:1"));
        var fragments = Fragmenter.Cut(Packet(2000), 1400, 7);

        Assert.True(Follow(fragments[0], alice));
        Assert.False(Follow(fragments[1], bob));
        Assert.False(_tracker.HasReleased);
        Assert.True(Follow(fragments[1], alice));
    }

    [Fact]
    public void Fragments_of_one_datagram_should_get_one_new_identification_and_others_another()
    {
        var tracker = new FragmentTracker(_drops, new IpIdentifiers(new Random(1)));
        foreach (var source in new[] { Source, "[fd61::2]:5000" })
        {
            var remote = source == Source ? Destination : "[2001:db8::1]:53";
            var identifications = Enumerable.Range(0, 3).Select(i =>
            {
                var fragments = Fragmenter.Cut(PacketBuilder.Udp(source, remote, new byte[4000]), 1400, 7);
                foreach (var fragment in fragments)
                {
                    Assert.True(tracker.TryFollow(fragment, PacketBuilder.Endpoint($"198.51.100.{i}:1"), _now, out _));
                    if (fragment[0] >> 4 == 4) Assert.Equal(PlainChecksum.OfHeader(fragment), (ushort)((fragment[10] << 8) | fragment[11]));
                }

                return Assert.Single(fragments.Select(f => f[0] >> 4 == 4 ? (f[4] << 8) | f[5] : BitConverter.ToInt32(f, 44)).Distinct());
            }).ToArray();
            Assert.Equal(3, identifications.Distinct().Count());
        }
    }

    [Fact]
    public void Overlap_should_end_the_datagram()
    {
        var packet = Packet(100);
        Assert.True(Follow(Fragmenter.Piece(packet, packet[20..60], 0, true, 7)));
        Assert.False(Follow(Fragmenter.Piece(packet, new byte[48], 32, true, 7)));
        Assert.False(Follow(Fragmenter.Piece(packet, packet[60..], 40, false, 7)));
        Assert.Equal(2, _drops[DropReason.OverlappingFragment]);
    }

    [Fact]
    public void Overlap_over_the_ports_should_not_pass_when_it_comes_first()
    {
        // RFC 3128: the tiny fragment attack on TCP.
        var packet = PacketBuilder.Tcp(Source, Destination, TcpFlags.Syn, new byte[44]);
        Assert.False(Follow(Fragmenter.Piece(packet, new byte[56], 8, false, 7)));
        Assert.True(Follow(Fragmenter.Piece(packet, packet[20..60], 0, true, 7)));
        Assert.Empty(TakeReleased());
        Assert.Equal(1, _drops[DropReason.OverlappingFragment]);
    }

    [Fact]
    public void Data_behind_the_last_fragment_s_end_should_be_refused()
    {
        var packet = Packet(100);
        Assert.True(Follow(Fragmenter.Piece(packet, packet[20..60], 0, true, 7)));
        Assert.True(Follow(Fragmenter.Piece(packet, new byte[8], 64, false, 7)));
        Assert.False(Follow(Fragmenter.Piece(packet, new byte[8], 72, false, 7)));
        Assert.False(Follow(Fragmenter.Piece(packet, new byte[24], 40, true, 7)));
        Assert.Equal(2, _drops[DropReason.OverlappingFragment]);
    }

    [Fact]
    public void Repeated_fragment_should_be_dropped_and_its_datagram_go_on()
    {
        var fragments = Fragmenter.Cut(Packet(4000), 1400, 7);
        Assert.True(Follow(fragments[0]));
        Assert.False(Follow(fragments[0]));
        Assert.True(Follow(fragments[1]));
        Assert.True(Follow(fragments[2]));
        Assert.Equal(1, _drops[DropReason.RepeatedFragment]);
    }

    [Fact]
    public void Identification_should_be_free_again_when_the_datagram_is_complete()
    {
        for (var i = 0; i < 3; i++) Assert.All(Fragmenter.Cut(Packet(), 1400, 7), fragment => Assert.True(Follow(fragment)));
    }

    [Fact]
    public void First_fragment_without_the_whole_transport_header_should_refuse_the_datagram()
    {
        var packet = PacketBuilder.Tcp(Source, Destination, TcpFlags.Syn, new byte[44]);
        Assert.False(Follow(Fragmenter.Piece(packet, packet[28..], 8, false, 7)));
        Assert.False(Follow(Fragmenter.Piece(packet, packet[20..28], 0, true, 7)));
        Assert.False(Follow(Fragmenter.Piece(packet, packet[28..], 8, false, 7)));
        Assert.Equal(3, _drops[DropReason.Truncated]);
        Assert.False(_tracker.HasReleased);
    }

    [Fact]
    public void Fragmented_ICMP_error_should_be_refused()
    {
        var error = PacketBuilder.Icmp(InetAddress.Parse("203.0.113.1"), InetAddress.Parse("10.61.0.2"), 3, payload: new byte[2000]);
        Assert.All(Fragmenter.Cut(error, 1400, 7), fragment => Assert.False(Follow(fragment)));
        Assert.Equal(2, _drops[DropReason.Fragment]);
    }

    [Theory]
    [InlineData(0, 16, true)] // nothing
    [InlineData(12, 16, true)] // no multiple of 8
    [InlineData(16, 65528, false)] // behind the longest datagram
    public void Impossible_place_should_be_refused(int length, int offset, bool more)
    {
        Assert.False(Follow(Fragmenter.Piece(Packet(), new byte[length], offset, more, 7)));
        Assert.Equal(1, _drops[DropReason.BadLength]);
    }

    [Fact]
    public void Fragments_should_wait_no_longer_than_the_lifetime()
    {
        var fragments = Fragmenter.Cut(Packet(), 1400, 7);
        Assert.False(Follow(fragments[1]));
        _now = FragmentTracker.Lifetime - TimeSpan.FromTicks(1);
        _tracker.Expire(_now);
        Assert.Equal(0, _drops.Total);
        _now = FragmentTracker.Lifetime;
        _tracker.Expire(_now);
        Assert.Equal(1, _drops[DropReason.UnclaimedFragment]);
        Assert.True(Follow(fragments[0]));
        Assert.False(_tracker.HasReleased);
    }

    [Fact]
    public void Flood_without_first_fragments_should_stay_within_bounds_and_let_others_pass()
    {
        const int Flood = 10_000;
        var packet = Packet(3000);
        for (uint i = 0; i < Flood; i++) Assert.False(Follow(Fragmenter.Piece(packet, new byte[1400], 1400, true, i)));

        var held = Flood - _drops[DropReason.UnclaimedFragment];
        Assert.InRange(held, 1, HeldBound(1420));
        Assert.All(Fragmenter.Cut(Packet(3000), 1400, Flood + 1), fragment => Assert.True(Follow(fragment)));

        _tracker.Expire(FragmentTracker.Lifetime);
        Assert.Equal(Flood, _drops.Total);
    }

    private static long HeldBound(int length) => (64 << 10) / length;

    [Fact]
    public void Small_fragments_should_be_bounded_in_number_too()
    {
        var packet = Packet(3000);
        for (uint i = 0; i < 1000; i++) Follow(Fragmenter.Piece(packet, new byte[8], 16, true, i));
        Assert.Equal(1000 - 256, _drops[DropReason.UnclaimedFragment]);
    }

    [Fact]
    public void Released_fragments_should_wait_for_the_next_burst_where_one_has_no_room()
    {
        var packet = Packet(8 * 200);
        for (var i = 199; i > 0; i--) Assert.False(Follow(Fragmenter.Piece(packet, new byte[8], i * 8, i < 199, 7)));
        Assert.True(Follow(Fragmenter.Piece(packet, packet[20..28], 0, true, 7)));
        Assert.Equal(199, TakeReleased().Count);
        Assert.Equal(0, _drops.Total);
    }

    [Fact]
    public void Any_bytes_should_be_followed_or_counted() =>
        Gen.Select(PacketGen.Any, Gen.UShort).Array[1, 30].Sample(packets =>
        {
            var test = new FragmentTrackerTests();
            var (seen, passed) = (0, 0);
            foreach (var (packet, field) in packets)
            {
                if (packet.Length > 20 && packet[0] >> 4 == 4)
                {
                    (packet[6], packet[7]) = ((byte)((field >> 8) & 0x20), (byte)(field & 7));
                    PacketBuilder.RefreshHeaderChecksum(packet);
                }

                if (PacketParser.Parse(packet, out _) != DropReason.Fragment) continue;
                seen++;
                if (test.Follow(packet)) passed++;
                passed += test.TakeReleased().Count;
            }

            test._tracker.Expire(FragmentTracker.Lifetime);
            Assert.Equal(seen, passed + test._drops.Total);
        });

    [Fact]
    public void Followed_fragments_should_allocate_nothing()
    {
        var fragments = Fragmenter.Cut(Packet(), 1400, 7);
        for (var slot = 0; slot < FragmentTracker.MaxDatagrams; slot++) FollowAll();
        Assert.Equal(0, AllocationProbe.BytesOf(FollowAll));

        void FollowAll()
        {
            foreach (var fragment in fragments) Follow(fragment);
            _now += FragmentTracker.Lifetime;
            _tracker.Expire(_now);
        }
    }
}
