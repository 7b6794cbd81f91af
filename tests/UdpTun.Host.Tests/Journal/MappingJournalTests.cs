using Serilog.Core;
using UdpTun.Actors.Settings;
using UdpTun.Actors.Settings.Reading;
using UdpTun.Host.Journal;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.Nat.Journal;
using UdpTun.Net.Peers;

namespace UdpTun.Host.Tests.Journal;

/// <summary>A NAT table, what is written down about it, and what can be read of that later.</summary>
public sealed class MappingJournalTests : IDisposable
{
    private static readonly InetAddress External = InetAddress.Parse("203.0.113.5");

    private readonly string _directory = Directory.CreateTempSubdirectory("udptun-journal-").FullName;
    private readonly SteppedClock _clock = new();
    private readonly NatTable _table = new(
        new NatPolicy { OuterV4 = [InetAddress.Parse("192.168.61.123")], PortRest = TimeSpan.Zero }, new Random(1));

    private readonly PeerRegistry _peers = new([InetPrefix.Parse("198.51.100.0/24")], 8, TimeSpan.FromMinutes(10));
    private readonly Peer _peer;

    public MappingJournalTests() =>
        Assert.Equal(DropReason.None, _peers.Admit(new InetEndpoint(InetAddress.Parse("198.51.100.7"), 40000), default, out _peer));

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private JournalFolder Folder => new(Path.Combine(_directory, "servertun"));

    private JournalWriter Open(bool destinations = false, int maxFileSize = 1 << 20, int maxFiles = 4, int queueLength = 32 * 1024)
    {
        var settings = new JournalSettings(_directory, destinations, maxFileSize, maxFiles);
        var writer = JournalWriter.Open(settings, "servertun", Logger.None, _clock, queueLength);
        var addresses = new ExternalAddresses([(InetAddress.Parse("192.168.61.123"), External)]);
        _table.Observers.Add(new MappingJournal(writer, _peers, addresses, destinations, _clock));
        return writer;
    }

    private NatSession OpenSession(ushort port, string remote = "192.0.2.9:53")
    {
        Assert.True(InetEndpoint.TryParse(remote, out var to));
        var flow = new FlowKey(IpProtocol.Udp, new InetEndpoint(InetAddress.Parse("10.61.0.2"), port), to);
        Assert.Equal(DropReason.None, _table.TryOpen(_peer.Id, flow, default, out var session));
        return session;
    }

    private HolderSearch Who(NatSession session, DateTimeOffset at) => JournalSearch.Who(
        Folder, IpProtocol.Udp, session.Mapping.Outer with { Address = External }, at, at.AddMilliseconds(1));

    private static Task WrittenAsync(JournalWriter writer, int entries) => TrueAsync(() => writer.Written >= entries);

    private static async Task TrueAsync(Func<bool> look)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!look()) await Task.Delay(10, limit.Token);
    }

    [Fact]
    public async Task Mapping_should_be_found_while_it_is_open_and_when_it_is_closed()
    {
        var writer = Open();
        var session = OpenSession(5000);
        var opened = _clock.Wall;
        await WrittenAsync(writer, 1);
        _clock.Wall += TimeSpan.FromSeconds(10);
        var open = Assert.Single(Who(session, _clock.Wall).Holders);
        Assert.Equal(("198.51.100.7:40000", "10.61.0.2:5000", opened, null, HolderEnd.Open),
            (open.Client, open.Inner.ToString(), open.From, open.Until, open.End));

        _table.Close(session, default);
        await writer.DisposeAsync();
        var closed = Assert.Single(Who(session, _clock.Wall).Holders);
        Assert.Equal((opened, _clock.Wall, HolderEnd.Closed), (closed.From, closed.Until!.Value, closed.End));
        Assert.Empty(Who(session, _clock.Wall.AddMilliseconds(1)).Holders);
        Assert.Equal(_clock.Wall, Who(session, _clock.Wall.AddMilliseconds(2)).StoppedAt);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 2)]
    public async Task Destinations_should_be_written_down_only_where_asked_for(bool destinations, int contacts)
    {
        var writer = Open(destinations);
        var session = OpenSession(5000);
        OpenSession(5000, "192.0.2.10:53");
        await writer.DisposeAsync();
        Assert.Equal(contacts, Assert.Single(Who(session, _clock.Wall).Holders).Contacts.Count);
        var bytes = Folder.Files().SelectMany(file => File.ReadAllBytes(file.Path)).ToArray();
        Assert.Equal(contacts > 0, bytes.AsSpan().IndexOf((byte[])[192, 0, 2, 10]) >= 0);
    }

    [Fact]
    public async Task Mapping_that_outlives_its_file_should_be_found_in_later_ones_and_the_size_should_stay_bounded()
    {
        var writer = Open(maxFiles: 2);
        var lasting = OpenSession(5000);
        var opened = _clock.Wall;
        for (var round = 1; round <= 80; round++)
        {
            _clock.Wall += TimeSpan.FromSeconds(1);
            for (ushort port = 6000; port < 6500; port++) _table.Close(OpenSession(port), default);
            await WrittenAsync(writer, 1 + (round * 1000));
        }

        var files = Folder.Files();
        Assert.Equal(2, files.Count);
        Assert.True(files[^1].Number > 2);
        Assert.True(files.Sum(file => new FileInfo(file.Path).Length) < 3 << 20);
        Assert.Equal(opened, Assert.Single(Who(lasting, _clock.Wall).Holders).From);
        Assert.Equal(opened, Assert.Single(Who(lasting, opened).Holders).From);
        Assert.True(JournalSearch.BeginOf(Folder) > opened);
        await writer.DisposeAsync();
        Assert.Equal(HolderEnd.Stopped, Assert.Single(Who(lasting, _clock.Wall).Holders).End);
    }

    [Fact]
    public async Task Crash_should_leave_an_end_that_is_unknown()
    {
        var writer = Open();
        var session = OpenSession(5000);
        await WrittenAsync(writer, 1);
        var file = Assert.Single(Folder.Files());
        var asItWas = File.ReadAllBytes(file.Path);
        await writer.DisposeAsync();
        File.WriteAllBytes(file.Path, [.. asItWas, 40, 1, 2, 3]); // a record that was cut, too
        var last = _clock.Wall;
        _clock.Wall += TimeSpan.FromMinutes(1);

        var found = Assert.Single(Who(session, _clock.Wall).Holders);
        Assert.Equal((HolderEnd.Unknown, last, null), (found.End, found.Until, found.OverBy));
        await Open().DisposeAsync();
        Assert.Equal(_clock.Wall, Assert.Single(Who(session, _clock.Wall.AddSeconds(-1)).Holders).OverBy);
        Assert.Empty(Who(session, _clock.Wall.AddSeconds(1)).Holders);
    }

    [Fact]
    public async Task Nothing_should_be_lost_without_a_word_when_the_directory_takes_nothing_for_a_while()
    {
        var writer = Open(maxFileSize: 1 << 20);
        var before = OpenSession(5000);
        var entries = 1;
        await WrittenAsync(writer, entries);
        var aside = _directory + ".aside";
        Directory.Move(Folder.Path, aside); // the file that is open is written to the end; no other can be made
        try
        {
            for (var round = 0; round < 40 && !writer.IsFailing; round++, entries += 1000)
            {
                for (ushort port = 6000; port < 6500; port++) _table.Close(OpenSession(port), default);
                await Task.Delay(150);
            }

            Assert.True(writer.IsFailing);
        }
        finally
        {
            Directory.Move(aside, Folder.Path);
        }

        _clock.Wall += TimeSpan.FromSeconds(1);
        var during = OpenSession(7000);
        await WrittenAsync(writer, entries + 1);
        await TrueAsync(() => !writer.IsFailing); // which it says a moment after the entries are written
        Assert.Equal((false, 0), (writer.IsFailing, writer.Lost));
        Assert.Single(Who(during, _clock.Wall).Holders);
        Assert.Single(Who(before, _clock.Wall).Holders);
        await writer.DisposeAsync();
    }

    [Fact]
    public async Task Overflow_should_be_counted_and_told_in_the_journal()
    {
        var writer = Open(queueLength: 4); // too short for what comes before the first tenth of a second is over
        for (ushort port = 6000; port < 6500; port++) _table.Close(OpenSession(port), default);
        Assert.True(writer.Lost > 0);
        var session = OpenSession(5000);
        await writer.DisposeAsync();
        Assert.Equal(writer.Lost, Who(session, _clock.Wall).Missing);
    }

    [Fact]
    public void Directory_that_cannot_be_written_should_be_refused_with_its_key()
    {
        var file = Path.Combine(_directory, "file");
        File.WriteAllText(file, "");
        var settings = new JournalSettings(file, false, 1 << 20, 2);
        var refused = Assert.Throws<SettingsException>(() => JournalWriter.Open(settings, "servertun", Logger.None, _clock));
        Assert.StartsWith($"udptun.journal.directory is '{file}', but must be a directory that can be written (", refused.Message);
    }

    [Fact]
    public async Task Journal_should_be_one_servers_alone()
    {
        var writer = Open();
        Assert.True(Folder.IsTaken());
        Assert.Throws<SettingsException>(() => Open());
        await writer.DisposeAsync();
        Assert.False(Folder.IsTaken());
    }

    [Fact]
    public async Task Files_of_others_should_be_left_alone_and_a_foreign_one_be_refused()
    {
        await Open().DisposeAsync();
        File.WriteAllText(Path.Combine(Folder.Path, "notes.txt"), "mine");
        await Open(maxFiles: 2).DisposeAsync();
        await Open(maxFiles: 2).DisposeAsync();
        Assert.Equal(2, Folder.Files().Count);
        Assert.True(File.Exists(Path.Combine(Folder.Path, "notes.txt")));
        File.WriteAllText(Folder.Files()[0].Path, "something else altogether");
        Assert.Throws<InvalidDataException>(() => JournalSearch.BeginOf(Folder));
    }

    /// <summary>A wall clock that the test sets.</summary>
    private sealed class SteppedClock : TimeProvider
    {
        public DateTimeOffset Wall { get; set; } = new(2026, 11, 22, 14, 3, 7, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Wall;
    }
}
