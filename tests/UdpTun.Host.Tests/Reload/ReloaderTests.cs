using System.Collections.Concurrent;
using Akka.Actor;
using Serilog;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Settings;
using UdpTun.Host.Configuration;
using UdpTun.Host.Reload;
using UdpTun.Host.Roles;
using UdpTun.Host.Tests.Logging;

namespace UdpTun.Host.Tests.Reload;

/// <summary>A run with a real file, whose actors are the test's.</summary>
public sealed class ReloaderTests : IAsyncLifetime
{
    private readonly ConfigFile _file = new("udptun.transport = plain");
    private readonly CollectingSink _sink = new();
    private readonly ConcurrentQueue<object> _told = new();
    private readonly ActorSystem _system = ActorSystem.Create("reload", "akka { loglevel = OFF, stdout-loglevel = OFF }");
    private readonly FakeParts _parts = new();
    private RunContext _context = null!;
    private Reloader _reloader = null!;

    public async Task InitializeAsync()
    {
        var run = new ProgramRun { Environment = { ["UDPTUN__NAT__PORT_REST"] = "7s" } };
        await run.Start("--role", "server", "--config", _file.Path, "--set", "udptun.nat.sweep-interval=2s");
        _context = run.Given! with { Log = new LoggerConfiguration().WriteTo.Sink(_sink).CreateLogger() };
        _reloader = new Reloader(_context, _parts, _system.ActorOf(Props.Create(() => new Guardian(_told)), "guardian"));
    }

    public async Task DisposeAsync()
    {
        await _system.Terminate();
        _file.Dispose();
    }

    private Task<ReloadReport> ReloadAsync(params string[] lines)
    {
        File.WriteAllLines(_file.Path, ["udptun.transport = plain", .. lines]);
        return _reloader.ReloadAsync(CancellationToken.None);
    }

    private async Task LoggedAsync(string text) => await _sink.Next(logged => logged.RenderMessage().Contains(text, StringComparison.Ordinal));

    [Fact]
    public async Task All_layers_should_be_read_again_and_the_actors_told()
    {
        var report = await ReloadAsync("udptun.nat { timeouts.udp = 60s, port-rest = 1s, sweep-interval = 1s }", "udptun.server.listen = \"0.0.0.0:9999\"");

        Assert.Equal("udptun.nat.timeouts.udp", Assert.Single(report.Taken).Key); // the others are the environment's and the command line's
        Assert.Equal("udptun.server.listen", Assert.Single(report.NeedRestart).Key);
        var settings = Assert.IsType<ApplySettings>(Assert.Single(_told)).Settings;
        Assert.Equal((60.0, (ushort)9877), (settings.Nat.Timeouts.Udp.TotalSeconds, settings.Server.Listen.Port));
        Assert.Same(settings, _context.Settings);
        Assert.Same(settings, Assert.Single(_parts.Used));
        await LoggedAsync("reload: udptun.nat.timeouts.udp is 60s now, and was 300s");
        await LoggedAsync("reload: udptun.server.listen = \"0.0.0.0:9999\" needs a restart, it is \"0.0.0.0:9877\" until then: the socket is opened with it");
        await LoggedAsync("reloaded: settings taken 1, waiting for a restart 1");
    }

    [Theory]
    [InlineData("udptun.nat.timeouts.udp = 60")]
    [InlineData("udptun.nat.timeout.udp = 60s")]
    [InlineData("udptun { ")]
    [InlineData("udptun.nat.static-mappings = [\"tcp 80 -> 10.61.0.2:80\"]")]
    public async Task File_that_is_wrong_should_change_nothing_and_be_named(string line)
    {
        var before = _context.Settings;

        var refused = await Assert.ThrowsAsync<ConfigurationException>(() => ReloadAsync("udptun.log.level = debug", line));

        Assert.StartsWith($"{_file.Path}:", refused.Message);
        Assert.Same(before, _context.Settings);
        Assert.Empty(_told);
        Assert.Empty(_parts.Used);
        await LoggedAsync($"reload: nothing is changed: {_file.Path}:");
        Assert.Single((await ReloadAsync("udptun.log.level = debug")).Taken);
    }

    [Fact]
    public async Task File_that_is_gone_should_change_nothing()
    {
        File.Delete(_file.Path);
        await Assert.ThrowsAsync<ConfigurationException>(() => _reloader.ReloadAsync(CancellationToken.None));
        Assert.Empty(_told);
    }

    [Fact]
    public async Task Reload_of_nothing_new_should_say_so()
    {
        var report = await ReloadAsync();

        Assert.Equal((0, 0), (report.Taken.Count, report.NeedRestart.Count));
        await LoggedAsync("reloaded: settings taken 0, waiting for a restart 0");
    }

    [Fact]
    public async Task Reloads_should_come_one_after_the_other()
    {
        File.AppendAllText(_file.Path, "udptun.nat.timeouts.udp = 60s");
        var reports = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => _reloader.ReloadAsync(CancellationToken.None))));

        Assert.Single(reports, report => report.Taken.Count == 1);
        Assert.Equal(8, _told.Count);
    }

    private sealed class Guardian : ReceiveActor
    {
        public Guardian(ConcurrentQueue<object> told) => Receive<ApplySettings>(apply =>
        {
            told.Enqueue(apply);
            Sender.Tell(new SettingsApplied([]));
        });
    }

    private sealed class FakeParts : IReloadable
    {
        public ConcurrentQueue<TunnelSettings> Used { get; } = new();

        public (string Key, string Why)? FindObstacle(TunnelSettings settings) => null;

        public void Use(TunnelSettings settings) => Used.Enqueue(settings);
    }
}
