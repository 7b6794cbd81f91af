using System.Text.Json;
using UdpTun.Host.Cli;
using UdpTun.Host.Tests.Control;

namespace UdpTun.Host.Tests.Verbs.Instances;

public sealed class StatusVerbTests : IDisposable
{
    private readonly SocketDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Status_should_be_plain_columns_when_nobody_looks()
    {
        await using var server = new FakeInstance(FakeInstance.Status("tun7")).Start(_directory.Make("tun7"));
        var run = new ProgramRun();

        Assert.Equal(ExitCode.Success, await run.Start("status", "--state-directory", _directory.Path));

        Assert.Equal(
            """
            tun7: server, process 4711, up 1d 2h, udptun 0.1.0
              transport  plain, packets of up to 1420 bytes
              exit       port-range, clients leave as 203.0.113.1
              NAT        endpoint-independent mapping
              sessions   2 on 1 mapping, 2 clients
              device     tun7: TCP super-packets
              device     udp 0.0.0.0:9877: not open
            END        PACKETS   BYTES
            TUN in           1    84 B
            TUN out          2  1.5 MB
            UDP in   1,234,567     3 B
            UDP out          4     5 B
            PEER             SESSIONS  IDLE  RECEIVED    SENT
            10.77.1.2:40000         2  3.4s     252 B  1.2 MB
            phone                   0     -       0 B     0 B
            DROPPED FOR  PACKETS
            Filtered          12
            NoSession          7

            """,
            run.Output);
    }

    [Fact]
    public async Task Status_should_be_json_for_all_instances_those_of_this_namespace_first()
    {
        await using var other = new FakeInstance(FakeInstance.Status("atun")).Start(_directory.Make("atun", here: false));
        await using var server = new FakeInstance(FakeInstance.Status("tun7")).Start(_directory.Make("tun7"));
        _directory.Make("killed");
        var run = new ProgramRun { Environment = { ["UDPTUN__STATE_DIRECTORY"] = _directory.Path } };

        Assert.Equal(ExitCode.Success, await run.Start("status", "--json"));

        var root = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal(1, root.GetProperty("schema").GetInt32());
        Assert.Equal(["tun7", "atun"], root.GetProperty("instances").EnumerateArray().Select(answer => answer.GetProperty("instance").GetString()));
    }

    [Theory]
    [InlineData(ExitCode.Success, "", "--instance", "tun7")]
    [InlineData(ExitCode.Success, "", "--instance", "1234567-tun7")]
    [InlineData(ExitCode.NotRunning, "udptun: no instance tun9 runs here; there is ", "-i", "tun9")]
    [InlineData(ExitCode.Usage, "udptun: Required argument missing for option: '-i'", "-i")]
    public async Task Instance_should_be_found_by_its_name(object code, string sentence, params string[] args)
    {
        await using var here = new FakeInstance(FakeInstance.Status("tun7")).Start(_directory.Make("tun7"));
        await using var there = new FakeInstance(FakeInstance.Status("tun7")).Start(_directory.Make("tun7", here: false));
        var run = new ProgramRun();

        Assert.Equal(code, await run.Start(["status", "--state-directory", _directory.Path, .. args]));

        Assert.StartsWith(sentence, run.Error);
    }

    [Fact]
    public async Task Status_should_say_where_it_looked_when_nothing_runs()
    {
        _directory.Make("killed");
        var run = new ProgramRun();

        Assert.Equal(ExitCode.NotRunning, await run.Start("status", "--state-directory", _directory.Path));

        Assert.Equal($"udptun: no udptun runs here (looked in {_directory.Path}; --state-directory names another place)", run.Error);
    }
}
