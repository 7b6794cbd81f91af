using CsCheck;
using UdpTun.Net.Admission;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Testing.Memory;

namespace UdpTun.Net.Tests.Admission;

public sealed class PeerAllowanceTests
{
    private static readonly InetAddress Internet = InetAddress.Parse("203.0.113.1");

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    [Fact]
    public void Peer_without_limits_should_be_refused_nothing()
    {
        var peer = new PeerAllowance(PeerLimits.None);
        Assert.Equal(DropReason.None, peer.Receive(int.MaxValue, At(1)));
        Assert.Equal(DropReason.None, peer.Send(int.MaxValue, At(1)));
        Assert.Equal(DropReason.None, peer.Begin(Internet, 1_000_000, At(1), out var opens));
        Assert.Equal(DropReason.None, peer.Accept(1_000_000));
        Assert.False(opens);
    }

    [Fact]
    public void New_flows_should_be_let_through_at_their_rate()
    {
        var peer = new PeerAllowance(new PeerLimits { NewFlowsPerSecond = 10 });
        int Begun(double at) => Enumerable.Range(0, 100).Count(flow => peer.Begin(Internet, 0, At(at), out _) == DropReason.None);

        Assert.Equal((10, 0, 5, 10), (Begun(100), Begun(100), Begun(100.5), Begun(200)));
        Assert.Equal(DropReason.PeerTooManyNewFlows, peer.Begin(Internet, 0, At(200), out _));
        Assert.Equal(DropReason.None, peer.Accept(0));
    }

    [Fact]
    public void Sessions_should_be_bounded_whoever_begins_them()
    {
        var peer = new PeerAllowance(new PeerLimits { MaxSessions = 2 });
        Assert.Equal((DropReason.None, DropReason.None), (peer.Begin(Internet, 1, At(1), out _), peer.Accept(1)));
        Assert.Equal((DropReason.PeerTooManySessions, DropReason.PeerTooManySessions), (peer.Begin(Internet, 2, At(1), out _), peer.Accept(2)));
    }

    [Fact]
    public void Rate_should_hold_for_each_direction_over_time() =>
        Gen.Select(Gen.Long[20_000, 100_000_000], Gen.Int[1, 120_000], Gen.Int[1, 50]).Sample((rate, bytes, milliseconds) =>
        {
            var peer = new PeerAllowance(new PeerLimits { BytesPerSecond = rate });
            long received = 0, sent = 0;
            const int Seconds = 60;
            for (var at = 0; at < Seconds * 1000; at += milliseconds)
            {
                if (peer.Receive(bytes, At(at / 1000.0)) == DropReason.None) received += bytes;
                if (peer.Send(bytes, At(at / 1000.0)) == DropReason.None) sent += bytes;
            }

            Assert.Equal(received, sent);
            Assert.Equal(received + sent, peer.UsedBytes);
            var burst = Math.Max(256 << 10, rate / 10);
            var offered = (long)bytes * ((Seconds * 1000 / milliseconds) + 1);
            Assert.InRange(received, Math.Min(offered, (rate * (Seconds - 1)) - bytes) * 0.99, (rate * Seconds) + burst + bytes);
        }, iter: 50);

    [Fact]
    public void Quota_should_end_everything()
    {
        var peer = new PeerAllowance(new PeerLimits { Quota = 1000 }, usedBytes: 400);
        Assert.Equal(DropReason.None, peer.Receive(300, At(1)));
        Assert.Equal(DropReason.None, peer.Send(300, At(1)));
        Assert.Equal(1000, peer.UsedBytes);
        Assert.Equal((DropReason.PeerQuotaExhausted, DropReason.PeerQuotaExhausted), (peer.Receive(1, At(9)), peer.Send(1, At(9))));
        Assert.Equal((DropReason.PeerQuotaExhausted, DropReason.PeerQuotaExhausted), (peer.Begin(Internet, 0, At(9), out _), peer.Accept(0)));
        Assert.Equal(1000, peer.UsedBytes);
    }

    [Theory]
    [InlineData("10.1.2.3", DropReason.None, true)]
    [InlineData("10.1.9.3", DropReason.PeerForbiddenDestination, false)]
    [InlineData("203.0.113.1", DropReason.None, false)]
    [InlineData("198.51.100.1", DropReason.PeerForbiddenDestination, false)]
    [InlineData("fd00::1", DropReason.None, true)]
    public void Destinations_should_be_opened_and_closed_for_one_peer(string destination, DropReason reason, bool opened)
    {
        var peer = new PeerAllowance(new PeerLimits
        {
            AllowedDestinations = [InetPrefix.Parse("10.1.0.0/16"), InetPrefix.Parse("fd00::/8")],
            DeniedDestinations = [InetPrefix.Parse("10.1.9.0/24"), InetPrefix.Parse("198.51.100.0/24")],
        });
        Assert.Equal(reason, peer.Begin(InetAddress.Parse(destination), 0, At(1), out var opens));
        Assert.Equal(opened, opens);
    }

    [Fact]
    public void Packets_should_allocate_nothing()
    {
        var peer = new PeerAllowance(new PeerLimits { BytesPerSecond = 1000, Quota = 1 << 20, NewFlowsPerSecond = 5, MaxSessions = 9 });
        Assert.Equal(0, AllocationProbe.BytesOf(() =>
        {
            peer.Receive(100, At(1));
            peer.Send(100, At(1));
            peer.Begin(Internet, 1, At(1), out _);
        }));
    }
}
