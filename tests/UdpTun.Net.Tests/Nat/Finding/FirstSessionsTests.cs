using CsCheck;
using UdpTun.Net.Nat.Finding;
using static UdpTun.Net.Tests.Nat.NatFixture;

namespace UdpTun.Net.Tests.Nat.Finding;

public sealed class FirstSessionsTests
{
    [Fact]
    public void First_should_be_those_that_sorting_all_would_put_first() =>
        Gen.Select(Gen.Int[0, 5].Array[0, 50], Gen.Int[0, 10]).Sample((ranks, max) =>
        {
            var table = Table();
            var first = new FirstSessions(max);
            var all = ranks.Select((rank, number) => (Rank: rank, Session: table.Open(Alice, Udp($"10.61.0.2:{1000 + number}")))).ToList();
            foreach (var (rank, session) in all) first.Add(new FoundSession(session, "", null), rank);

            var expected = all.OrderByDescending(one => one.Rank).ThenByDescending(one => one.Session.Id.Value).Take(max).Select(one => one.Session);

            Assert.Equal(expected, first.Take().Select(found => found.Session));
        });

    [Fact]
    public void Rate_should_be_what_was_carried_between_two_samples()
    {
        var session = Table().Open(Alice, Udp("10.61.0.2:5000"));
        var rates = new SessionRates();
        rates.Begin(TimeSpan.FromSeconds(10));
        Assert.Equal((0, 0), rates.Sample(session));
        session.Outbound.Add(10, 3000);
        session.Inbound.Add(1, 500);

        rates.Begin(TimeSpan.FromSeconds(12));

        Assert.Equal((1500, 250), rates.Sample(session));
    }
}
