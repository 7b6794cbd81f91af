using CsCheck;
using UdpTun.Net.Nat;
using static UdpTun.Net.Tests.Nat.NatFixture;

namespace UdpTun.Net.Tests.Nat.Finding;

public sealed class SessionWalkTests
{
    private readonly NatTable _table = Table();

    private NatSession Open(int number) => _table.Open(Alice, Udp($"10.61.0.2:{1000 + number}"));

    [Fact]
    public void Walk_should_take_what_was_there_at_its_beginning_in_order()
    {
        var sessions = Enumerable.Range(0, 5).Select(Open).ToList();
        using var walk = _table.BeginWalk();
        Open(5);
        var taken = new NatSession[4];

        Assert.Equal((4, false), (walk.Take(taken), walk.IsOver));
        Assert.Equal(sessions[..4], taken);
        Assert.Equal((1, true), (walk.Take(taken), walk.IsOver));
        Assert.Equal(sessions[4], taken[0]);
        Assert.Equal(0, walk.Take(taken));
    }

    [Fact]
    public void Walk_should_be_over_at_once_where_there_is_nothing() => Assert.True(_table.BeginWalk().IsOver);

    // Sessions end and begin between the instalments of two walks and of the sweep: each walk takes all that stay, each once.
    [Fact]
    public void Walks_should_miss_nobody_who_stays_when_others_come_and_go() =>
        Gen.Select(Gen.Int[0, 40], Gen.Int[0, 60].Array[1, 60]).Sample((count, choices) =>
        {
            var table = Table();
            var open = Enumerable.Range(0, count).Select(number => table.Open(Alice, Udp($"10.61.0.2:{1000 + number}"))).ToList();
            var there = open.ToList();
            var walks = new[] { table.BeginWalk(), table.BeginWalk() };
            var taken = new[] { new List<NatSession>(), new List<NatSession>() };
            var next = count;
            foreach (var choice in choices)
            {
                if (choice % 3 == 0) table.Open(Alice, Udp($"10.61.0.2:{1000 + next++}"));
                else if (choice % 3 == 1 && open.Count > 0) Close(open[choice % open.Count]);
                else TakeSome(choice % 2, 1 + (choice % 5));
            }

            foreach (var walk in new[] { 0, 1 })
            {
                while (!walks[walk].IsOver) TakeSome(walk, 3);
                Assert.Equal(there.Where(session => session.IsOpen), taken[walk].Where(session => session.IsOpen));
                walks[walk].Dispose();
            }

            void Close(NatSession session)
            {
                table.Close(session, default);
                open.Remove(session);
            }

            void TakeSome(int walk, int most)
            {
                var some = new NatSession[most];
                taken[walk].AddRange(some[..walks[walk].Take(some)]);
            }
        });
}
