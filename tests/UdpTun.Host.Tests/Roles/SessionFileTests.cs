using UdpTun.Host.Roles;
using UdpTun.Net.Admission;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;

namespace UdpTun.Host.Tests.Roles;

public sealed class SessionFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("udptun-sessions-").FullName;
    private readonly List<string> _warnings = [];
    private readonly SteppedClock _clock = new();

    private string Instance => Path.Combine(_folder, "1-servertun");

    private string FilePath => $"{Instance}.sessions";

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>A wall clock that a test sets; the monotonic one stands still.</summary>
    private sealed class SteppedClock : TimeProvider
    {
        public DateTimeOffset Wall { get; set; } = DateTimeOffset.UnixEpoch + TimeSpan.FromDays(20_000);

        public override DateTimeOffset GetUtcNow() => Wall;

        public override long GetTimestamp() => TimestampFrequency * 1000;
    }

    private static NatTable Table() => new(new NatPolicy { OuterV4 = [InetAddress.Parse("192.168.61.123")] }, new Random(1));

    private static PeerRegistry Peers() => new([InetPrefix.Parse("10.0.0.0/8")], 8, TimeSpan.FromMinutes(10));

    private SessionFile Open(string? path = null) => new(path ?? FilePath, _clock, _warnings.Add);

    private void SaveOne(string? path = null) => SaveOne(Open(path), TimeSpan.FromSeconds(1000));

    private static void SaveOne(SessionFile file, TimeSpan openedAt)
    {
        var (table, peers) = (Table(), Peers());
        Assert.Equal(DropReason.None, peers.Admit(new InetEndpoint(InetAddress.Parse("10.9.0.1"), 40000), TimeSpan.Zero, out var peer));
        var flow = new FlowKey(
            IpProtocol.Udp, new InetEndpoint(InetAddress.Parse("10.61.0.2"), 5000), new InetEndpoint(InetAddress.Parse("203.0.113.1"), 53));
        Assert.Equal(DropReason.None, table.TryOpen(peer.Id, flow, openedAt, out _));
        file.Save(table, peers);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    [InlineData(2, 3)]
    public void Sessions_should_come_back_among_as_many_shards_only_and_never_later(int before, int after)
    {
        SaveShards(before);
        Assert.Equal(before, Directory.GetFiles(_folder).Length);
        var restored = SessionFile.OfShards(Instance, after, _warnings.Add)
            .Sum(file => file.Restore(Table(), Peers(), new DestinationPolicy([], [])));
        Assert.Equal(before == after ? before : 0, restored);
        Assert.Equal(before == after ? 0 : 1, _warnings.Count);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    private void SaveShards(int shards)
    {
        foreach (var file in SessionFile.OfShards(Instance, shards, _warnings.Add)) SaveOne(file, TimeSpan.Zero);
    }

    private int Restore(NatTable table) => Open().Restore(table, Peers(), new DestinationPolicy([], []));

    [Theory]
    [InlineData(60, 60)]
    [InlineData(-60, 0)] // the clock was set back
    public void Session_should_come_back_once_and_older_by_the_time_that_the_server_was_down(int seconds, int idle)
    {
        SaveOne();
        _clock.Wall += TimeSpan.FromSeconds(seconds);
        var table = Table();
        Assert.Equal(1, Restore(table));
        Assert.Equal(TimeSpan.FromSeconds(1000 - idle), Assert.Single(table.Sessions).LastSeen);
        Assert.Equal(0, Restore(Table()));
        Assert.Empty(_warnings);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void File_should_be_readable_by_its_owner_alone()
    {
        SaveOne();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Assert.Single(Directory.GetFiles(_folder))));
    }

    [Fact]
    public void Server_should_begin_empty_with_a_warning_when_the_file_is_damaged()
    {
        SaveOne();
        File.WriteAllText(FilePath, File.ReadAllText(FilePath)[..^3]);
        Assert.Equal(0, Restore(Table()));
        Assert.Contains("line 3 ", Assert.Single(_warnings), StringComparison.Ordinal);
        Assert.False(File.Exists(FilePath));
    }

    [Fact]
    public void Server_should_stop_with_a_warning_when_the_file_cannot_be_written()
    {
        SaveOne(Path.Combine(_folder, "gone", "sessions"));
        Assert.StartsWith("the sessions are not saved: ", Assert.Single(_warnings));
    }

    [Fact]
    public void Nothing_should_be_written_when_there_are_no_sessions()
    {
        Open().Save(Table(), Peers());
        Assert.Empty(Directory.GetFiles(_folder));
    }
}
