using System.Buffers;
using System.Text.Json;
using UdpTun.Host.Cli;
using UdpTun.Host.Journal;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat.Journal;

namespace UdpTun.Host.Tests.Verbs.Journal;

public sealed class JournalVerbTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 14, 0, 0, TimeSpan.Zero);

    private readonly string _directory = Directory.CreateTempSubdirectory("udptun-who-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static MappingRecord Mapping(MappingRecordKind kind, int second, ushort port = 4711) => new(kind, Start.AddSeconds(second))
    {
        Protocol = IpProtocol.Tcp,
        Outer = new InetEndpoint(InetAddress.Parse("203.0.113.5"), port),
        OpenedAt = Start.AddSeconds(10),
        Inner = new InetEndpoint(InetAddress.Parse("10.61.0.2"), 5000),
        Client = "198.51.100.7:40000",
        Remote = new InetEndpoint(InetAddress.Parse("192.0.2.9"), 443),
    };

    private void Write(string tun, params MappingRecord[] records)
    {
        var bytes = new ArrayBufferWriter<byte>();
        bytes.Write(JournalFolder.Magic);
        foreach (var record in records) MappingRecordBytes.Write(bytes, record);
        Directory.CreateDirectory(Path.Combine(_directory, tun));
        File.WriteAllBytes(Path.Combine(_directory, tun, "00000001-20261122T140000Z.mappings"), bytes.WrittenSpan);
    }

    private async Task<(ExitCode Code, string Output, string Error)> Ask(params string[] args)
    {
        var run = new ProgramRun();
        var code = await run.Start(["journal", .. args]);
        return (code, run.Output.TrimEnd('\n'), run.Error);
    }

    private Task<(ExitCode Code, string Output, string Error)> Who(string time, params string[] more) =>
        Ask(["who", "203.0.113.5:4711", "tcp", time, "--directory", _directory, .. more]);

    private void WriteAll() => Write("servertun", new MappingRecord(MappingRecordKind.RunStarted, Start), Mapping(MappingRecordKind.Opened, 10),
        Mapping(MappingRecordKind.Contacted, 11), Mapping(MappingRecordKind.Closed, 70), Mapping(MappingRecordKind.Opened, 80, 4712),
        new MappingRecord(MappingRecordKind.RunEnded, Start.AddSeconds(100)));

    [Theory]
    [InlineData("2026-11-22T14:00:30Z", 0,
        """
        tcp 203.0.113.5:4711 was 10.61.0.2:5000 of client 198.51.100.7:40000 from 2026-11-22T14:00:10.000Z to 2026-11-22T14:01:10.000Z
          2026-11-22T14:00:11.000Z with 192.0.2.9:443
        """)]
    [InlineData("2026-11-22T14:01:30Z", 1,
        """
        tcp 203.0.113.5:4711 was nobody's
          before that: 10.61.0.2:5000 of client 198.51.100.7:40000 from 2026-11-22T14:00:10.000Z to 2026-11-22T14:01:10.000Z
        """)]
    [InlineData("2026-11-22T14:02:30Z", 1,
        """
        tcp 203.0.113.5:4711 was nobody's: no server ran, since 2026-11-22T14:01:40.000Z
          before that: 10.61.0.2:5000 of client 198.51.100.7:40000 from 2026-11-22T14:00:10.000Z to 2026-11-22T14:01:10.000Z
        """)]
    [InlineData("2026-11-21T14:02:30Z", 1,
        """
        tcp 203.0.113.5:4711 was nobody's, as far as is known: the journal begins at 2026-11-22T14:00:00.000Z
          after that: 10.61.0.2:5000 of client 198.51.100.7:40000 from 2026-11-22T14:00:10.000Z to 2026-11-22T14:01:10.000Z
        """)]
    public async Task Who_should_answer_in_sentences(string time, int code, string expected)
    {
        WriteAll();
        Assert.Equal(((ExitCode)code, expected, ""), await Who(time));
    }

    [Fact]
    public async Task Who_should_answer_programs()
    {
        WriteAll();
        Write("othertun", new MappingRecord(MappingRecordKind.RunStarted, Start));
        var (code, output, _) = await Who("2026-11-22T14:00:30Z", "--json");
        Assert.Equal(ExitCode.Success, code);
        using var json = JsonDocument.Parse(output);
        Assert.Equal(1, json.RootElement.GetProperty("schema").GetInt32());
        var servers = json.RootElement.GetProperty("servers").EnumerateArray().ToDictionary(server => server.GetProperty("tun").GetString()!);
        Assert.Equal(0, servers["othertun"].GetProperty("holders").GetArrayLength());
        var holder = Assert.Single(servers["servertun"].GetProperty("holders").EnumerateArray());
        Assert.Equal(("10.61.0.2:5000", "closed"), (holder.GetProperty("inner").GetString(), holder.GetProperty("end").GetString()));
    }

    [Fact]
    public async Task Who_should_say_that_a_server_ended_without_a_word()
    {
        Write("servertun", new MappingRecord(MappingRecordKind.RunStarted, Start), Mapping(MappingRecordKind.Opened, 10));
        Assert.Equal(
            "tcp 203.0.113.5:4711 was 10.61.0.2:5000 of client 198.51.100.7:40000 from 2026-11-22T14:00:10.000Z to 2026-11-22T14:00:10.000Z at least; "
            + "its end is unknown, since the server ended without writing it down", (await Who("2026-11-22T14:00:30Z")).Output);
    }

    [Fact]
    public async Task Show_should_tell_every_entry()
    {
        WriteAll();
        var (code, output, _) = await Ask("show", "--directory", _directory, "--tun", "servertun");
        Assert.Equal((ExitCode.Success,
            """
            2026-11-22T14:00:00.000Z server-started
            2026-11-22T14:00:10.000Z opened tcp 203.0.113.5:4711 is 10.61.0.2:5000 of client 198.51.100.7:40000
            2026-11-22T14:00:11.000Z contacted tcp 203.0.113.5:4711 with 192.0.2.9:443
            2026-11-22T14:01:10.000Z closed tcp 203.0.113.5:4711 was 10.61.0.2:5000 of client 198.51.100.7:40000 since 2026-11-22T14:00:10.000Z
            2026-11-22T14:01:20.000Z opened tcp 203.0.113.5:4712 is 10.61.0.2:5000 of client 198.51.100.7:40000
            2026-11-22T14:01:40.000Z server-stopped
            """), (code, output));
        var (_, lines, _) = await Ask("show", "--directory", _directory, "--json");
        Assert.All(lines.Split('\n'), line => JsonDocument.Parse(line).Dispose());
    }

    [Theory]
    [InlineData(ExitCode.Configuration, "udptun: no journal is kept: udptun.journal.directory is empty. Name the server's configuration with --config, or")]
    [InlineData(ExitCode.Failure, "udptun: there is no journal in /nowhere", "--directory", "/nowhere")]
    [InlineData(ExitCode.Failure, "udptun: there is no journal in /nowhere", "--set", "udptun.journal.directory=/nowhere")]
    [InlineData(ExitCode.Configuration, "udptun: --set: udptun.journal.directory is 'here', but must be empty for no journal, or an absolute path", "--set", "udptun.journal.directory=here")]
    public async Task Directory_should_be_asked_for_where_it_is_not_known(object code, string sentence, params string[] args)
    {
        var answer = await Ask(["show", .. args]);
        Assert.Equal(code, answer.Code);
        Assert.StartsWith(sentence, answer.Error);
    }

    [Fact]
    public async Task Question_about_the_future_another_server_or_another_programs_file_should_be_refused()
    {
        WriteAll();
        Assert.Equal((ExitCode.Usage, "udptun: 2999-01-01T00:00:00.000Z is yet to come"), await Refused(Who("2999-01-01T00:00:00Z")));
        Assert.Equal((ExitCode.Failure, $"udptun: no server with the TUN tun9 has a journal in {_directory}; there are: servertun"),
            await Refused(Who("2026-11-22T14:00:30Z", "--tun", "tun9")));
        var file = Path.Combine(_directory, "servertun", "00000001-20261122T140000Z.mappings");
        File.WriteAllText(file, "something else altogether");
        Assert.Equal((ExitCode.Failure, $"udptun: the journal cannot be read: {file} is no mapping journal of this version of udptun"),
            await Refused(Who("2026-11-22T14:00:30Z")));
    }

    private static async Task<(ExitCode Code, string Error)> Refused(Task<(ExitCode Code, string Output, string Error)> answer) =>
        ((await answer).Code, (await answer).Error);
}
