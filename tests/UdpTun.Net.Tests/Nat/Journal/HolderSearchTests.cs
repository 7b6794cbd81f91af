using UdpTun.Net.Flows;
using UdpTun.Net.Nat.Journal;

namespace UdpTun.Net.Tests.Nat.Journal;

public sealed class HolderSearchTests
{
    private static readonly InetEndpoint Outer = new(InetAddress.Parse("203.0.113.5"), 4711);
    private static readonly InetEndpoint Inner = new(InetAddress.Parse("10.61.0.2"), 5000);

    private static DateTimeOffset At(double second) => DateTimeOffset.UnixEpoch.AddSeconds(second);

    private static MappingRecord Run(MappingRecordKind kind, double at) => new(kind, At(at));

    private static MappingRecord Opened(double at, string client = "a", MappingRecordKind kind = MappingRecordKind.Opened) =>
        new(kind, At(at)) { Protocol = IpProtocol.Udp, Outer = Outer, Inner = Inner, Client = client };

    private static MappingRecord Closed(double opened, double at, string client = "a") =>
        Opened(at, client, MappingRecordKind.Closed) with { OpenedAt = At(opened) };

    private static HolderSearch Search(double second, bool serverRuns, params IEnumerable<MappingRecord> records)
    {
        var search = new HolderSearch(IpProtocol.Udp, Outer, At(second), At(second + 1));
        foreach (var record in records) search.Add(record);
        search.Complete(serverRuns);
        return search;
    }

    [Theory]
    [InlineData(9, null, "a", null)]
    [InlineData(10, "a", null, "b")] // from 10.5: the whole second is asked for
    [InlineData(15, "a", null, "b")]
    [InlineData(20, "a", null, "b")]
    [InlineData(25, null, "b", "a")]
    [InlineData(30, "b", null, null)]
    public void Holder_should_be_found_at_the_times_between_opening_and_end(int second, string? holder, string? after, string? next)
    {
        var search = Search(second, serverRuns: true,
            Run(MappingRecordKind.RunStarted, 0), Opened(10.5), Closed(10.5, 20), Opened(30, "b"), Closed(30, 40, "b"));
        Assert.Equal(holder, search.Holders.SingleOrDefault()?.Client);
        if (holder is null) Assert.Equal(after, search.After?.Client);
        if (second == 25) Assert.Equal(next, search.Before?.Client);
        else Assert.NotEqual(search.After?.Client, search.Before?.Client ?? "nobody");
    }

    [Fact]
    public void Both_should_be_told_when_it_changed_hands_within_the_time() =>
        Assert.Equal(["a", "b"], Search(20, true, Opened(10), Closed(10, 20.2), Opened(20.4, "b"), Closed(20.4, 30, "b")).Holders.Select(h => h.Client));

    [Fact]
    public void End_should_do_without_its_opening()
    {
        var holder = Assert.Single(Search(15, true, Closed(10, 20)).Holders);
        Assert.Equal(("a", Inner, At(10), At(20), HolderEnd.Closed), (holder.Client, holder.Inner, holder.From, holder.Until, holder.End));
    }

    [Theory]
    [InlineData(true, HolderEnd.Open)]
    [InlineData(false, HolderEnd.Unknown)]
    public void Open_mapping_should_be_open_while_its_server_runs(bool serverRuns, HolderEnd end)
    {
        var holder = Assert.Single(Search(15, serverRuns, Opened(10), Run(MappingRecordKind.FileStarted, 12)).Holders);
        Assert.Equal(end, holder.End);
        Assert.Equal(end == HolderEnd.Open ? null : At(12), holder.Until);
    }

    [Theory]
    [InlineData(15, HolderEnd.Unknown)] // before the last word of the run
    [InlineData(25, HolderEnd.Unknown)] // behind it
    [InlineData(31, null)]
    public void Mapping_of_a_run_that_crashed_should_end_at_a_time_unknown_but_before_the_next_run(int second, HolderEnd? end)
    {
        var search = Search(second, true, Opened(10), Opened(20, "c") with { Outer = Outer with { Port = 1 } },
            Run(MappingRecordKind.RunStarted, 30), Run(MappingRecordKind.FileStarted, 40));
        Assert.Equal(end, search.Holders.SingleOrDefault()?.End);
        var holder = search.Holders.SingleOrDefault() ?? search.Before!;
        Assert.Equal((At(20), At(30)), (holder.Until, holder.OverBy));
    }

    [Theory]
    [InlineData(15, HolderEnd.Stopped, null)]
    [InlineData(25, null, 20.0)]
    [InlineData(31, null, null)]
    public void Mapping_should_end_with_its_run_and_nobody_should_have_it_while_no_server_runs(int second, HolderEnd? end, double? stopped)
    {
        var search = Search(second, true, Opened(10), Run(MappingRecordKind.RunEnded, 20), Run(MappingRecordKind.RunStarted, 30));
        Assert.Equal(end, search.Holders.SingleOrDefault()?.End);
        Assert.Equal(stopped is { } at ? At(at) : null, search.StoppedAt);
    }

    [Fact]
    public void Mapping_should_be_one_however_often_later_files_repeat_it() => Assert.Equal(
        At(10), Assert.Single(Search(35, true, Opened(10), Opened(10, kind: MappingRecordKind.StillOpen), Closed(10, 50)).Holders).From);

    [Fact]
    public void Mapping_whose_end_is_lost_should_end_when_another_has_its_endpoint()
    {
        var search = Search(15, true, Opened(10), Run(MappingRecordKind.Lost, 12) with { Missing = 3 }, Opened(20, "b"));
        var holder = Assert.Single(search.Holders);
        Assert.Equal((HolderEnd.Unknown, At(20), 3), (holder.End, holder.OverBy, search.Missing));
    }

    [Fact]
    public void Other_endpoints_and_protocols_should_not_matter() => Assert.Empty(Search(
        15, true, Opened(10) with { Protocol = IpProtocol.Tcp }, Opened(10) with { Outer = Outer with { Port = 4712 } }).Holders);

    [Fact]
    public void Contacts_should_be_those_of_the_holder()
    {
        var remote = new InetEndpoint(InetAddress.Parse("192.0.2.1"), 53);
        var contact = Opened(11, kind: MappingRecordKind.Contacted) with { Remote = remote, Client = null };
        var search = Search(15, true, Opened(10), contact, Closed(10, 20), Opened(30, "b"), contact with { At = At(31) }, Closed(30, 40, "b"));
        Assert.Equal([(At(11), remote)], Assert.Single(search.Holders).Contacts);
    }

    [Fact]
    public void Search_should_be_done_when_nothing_can_change_the_answer()
    {
        var search = new HolderSearch(IpProtocol.Udp, Outer, At(15), At(16));
        search.Add(Opened(10));
        search.Add(Run(MappingRecordKind.FileStarted, 18));
        Assert.False(search.IsPast);
        search.Add(Closed(10, 20));
        Assert.True(search.IsDone);
    }
}
