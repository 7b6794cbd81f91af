using System.Collections;
using Akka.Actor;
using Akka.Event;
using Akka.Hosting;
using Serilog.Events;
using UdpTun.Actors.Settings;
using UdpTun.Host.Cli;
using UdpTun.Host.Configuration;
using UdpTun.Host.Hosting;
using UdpTun.Host.Logging;
using UdpTun.Host.Reload;
using UdpTun.Host.Roles;
using SerilogEvent = Serilog.Events.LogEvent;

namespace UdpTun.Host.Tests.Logging;

public sealed class SerilogBridgeTests
{
    [Fact]
    public async Task Placeholders_and_context_of_an_actor_should_arrive_as_properties()
    {
        var (opened, _) = await LogOf("info");

        Assert.Equal("opened {Count} of {Name}", opened.MessageTemplate.Text);
        Assert.Equal(new ScalarValue(3), opened.Properties["Count"]);
        Assert.Equal(new ScalarValue("tcp-42"), opened.Properties["Session"]);
        Assert.Equal(new ScalarValue("talker"), opened.Properties["Source"]);
        Assert.Equal(new ScalarValue(" Session=tcp-42 Client=192.0.2.1:7"), opened.Properties["Context"]);
    }

    [Theory]
    [InlineData("info", 0)]
    [InlineData("debug", 1)]
    [InlineData("trace", 1)]
    public async Task Debug_should_be_told_only_when_the_one_switch_says_so(string level, int details)
    {
        var (_, seen) = await LogOf(level);

        Assert.Equal(details, seen);
    }

    [Fact]
    public async Task Akkas_shutdown_should_be_told_only_when_something_is_wrong_with_it()
    {
        var sink = new CollectingSink();
        await using var log = SerilogBridge.Configure(new LogLevelSwitch(LogVerbosity.Info)).WriteTo.Sink(sink).CreateLogger();
        var shutdown = log.ForContext("LogSource", "CoordinatedShutdown (akka://udptun)");

        shutdown.Information("invoked");
        shutdown.Warning("timed out");

        Assert.Equal("timed out", (await sink.Next(_ => true)).MessageTemplate.Text);
    }

    // Starts a system whose one actor logs a detail, then a fact; how many details came before the fact?
    private static async Task<(SerilogEvent Opened, int Details)> LogOf(string level)
    {
        var sink = new CollectingSink();
        var options = new RunOptions(Role.Server, [], [new SettingOverride("--log-level", "udptun.log.level", level)], Hex: false);
        var loaded = new HoconLoader().Load(options, new Dictionary<string, string>());
        var minimum = new LogLevelSwitch(loaded.Settings.Log.Level);
        await using var log = SerilogBridge.Configure(minimum).WriteTo.Sink(sink).CreateLogger();
        using var reload = new ReloadSignal();
        using var host = ActorHost.Build(
            new RunContext(options, loaded.Config, new RunningConfiguration(options, new Hashtable(), loaded), log, minimum, reload, TextWriter.Null),
            akka => akka.WithActors((system, _) => system.ActorOf(Talker.Props(), "talker")));
        await host.StartAsync();

        var details = 0;
        var opened = await sink.Next(logEvent =>
        {
            if (logEvent.MessageTemplate.Text == "chose {Port}") details++;
            return logEvent.MessageTemplate.Text.StartsWith("opened", StringComparison.Ordinal);
        });
        await host.StopAsync();
        return (opened, details);
    }

    private sealed class Talker : ReceiveActor
    {
        public Talker()
        {
            var log = Context.GetLogger().WithContext("Session", "tcp-42").WithContext("Client", "192.0.2.1:7");
            log.Debug("chose {Port}", 20_000);
            log.Info("opened {Count} of {Name}", 3, "sessions");
        }

        internal static Props Props() => Akka.Actor.Props.Create(() => new Talker());
    }
}
