using System.Runtime.ExceptionServices;
using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using UdpTun.Actors.EventLoop;
using UdpTun.Actors.Events;
using UdpTun.Actors.Hosting;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Settings;
using UdpTun.Actors.Tunnel;
using UdpTun.Host.Cli;
using UdpTun.Host.Control;
using UdpTun.Host.Control.Page;
using UdpTun.Host.Control.Peers;
using UdpTun.Host.Control.Server;
using UdpTun.Host.Health;
using UdpTun.Host.Hosting;
using UdpTun.Host.Journal;
using UdpTun.Host.Metrics;
using UdpTun.Host.Page;
using UdpTun.Host.Reload;
using UdpTun.Host.Service;
using UdpTun.Host.Uapi;
using UdpTun.Host.Verbs.Printing;
using UdpTun.Linux.HostSetup;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Headers;
using UdpTun.Net.Io;

namespace UdpTun.Host.Roles;

/// <summary>
/// What every role with a line has in common: take the instance's lock and undo what a crash left, prepare the host, run the actor
/// system until told to stop, and undo the host's changes. A role says what its line is made of.
/// </summary>
internal abstract class TunnelRole : IRole, IReloadable
{
    /// <summary>The TUN's name where the settings give none; with it the instance's name.</summary>
    protected abstract string DefaultDevice { get; }

    /// <summary>Whom the lines tell what happens to flows and peers.</summary>
    protected TunnelEvents Events { get; } = new(TimeProvider.System);

    public async Task<ExitCode?> RunAsync(RunContext context, CancellationToken stop)
    {
        var startedAt = DateTimeOffset.UtcNow;
        using var manager = ServiceNotifier.Find(Environment.GetEnvironmentVariable);
        var settings = context.Settings;
        Check(context);
        var device = settings.Tun.Name.Length > 0 ? settings.Tun.Name : DefaultDevice;
        using var journal = HostJournal.Open(settings.StateDirectory, device, context.Warn);
        // Beside the preparation, which mostly waits for the host's tools.
        await using var rehearsal = RehearsalStage.TryStart(settings);
        // A SIGUSR1 that nobody handles would end the program.
        using var table = new SessionTableSignal(context.Output);
        if (await PrepareAsync(new RoleHost(context, device, journal), manager, stop) is not { } plan) return null;
        if (rehearsal is null || !await rehearsal.RunThroughAsync()) context.Log.Debug("the rehearsal ended early: the first packets will be slow");
        using var loops = new LoopSet(plan.Shards.Count);
        var drops = new DropCounters();
        var shards = plan.Shards.Select((role, number) => new Shard(role, Line(loops.All[number], drops, settings), number)).ToList();
        var tree = new GuardianPlan(shards, settings.Reopen, settings.Log.SummaryInterval) { WarmedUp = rehearsal?.Ended ?? Task.CompletedTask };
        var health = new TunnelHealth(loops.All, tree.Status);
        using var host = ActorHost.Build(context, akka => akka.AddUdpTun(loops.All, tree).WithTunnelHealth(health));
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        try
        {
            // What the preparation has taken from the last run goes back at the end, also when it is to end before it has begun.
            await host.StartAsync(stop);
            var guardian = host.Services.GetRequiredService<IRequiredActor<TunnelGuardian>>().ActorRef;
            table.Guardian = guardian;
            var isServer = context.Options.Role == Role.Server;
            var peers = plan.Secure is { } secure && context.Options.Role is Role.Server or Role.Client
                ? new RunningPeers(context.Configuration, secure.Settings, guardian, SaveQuotas) { IsServer = isServer }
                : null;
            var reloader = new Reloader(context, new RunningParts(this, context.LogLevel, host.Services.GetRequiredService<ActorSystem>()), guardian)
            {
                Secure = plan.Secure?.Settings,
                Peers = peers,
                Manager = manager is null ? null : (manager, () => StatusOf(shards)),
            };
            _ = context.Reload.ServeAsync(reloader, context.Log, end.Token);
            await using var page = new PageKeeper(settings.Page, context.Log);
            var instance = new RunningInstance(journal.Place, plan.About, context.Configuration, shards, guardian, startedAt, Events)
            {
                Reloader = reloader,
                Peers = peers,
                PageAddress = () => page.Address,
            };
            await using var control = ControlServer.TryStart(
                journal.Place.ControlSocket, [.. ControlGroups.Of(instance), new PageEndpoints(instance, page)], context.Log);
            await page.StartAsync(instance);
            await using var metrics = await TunnelMetrics.StartAsync(
                settings.Metrics, device, host.Services.GetRequiredService<HealthCheckService>(),
                () => new TunnelMeter(shards, loops.All, tree.Status, Journal));
            await using var uapi = UapiOf(plan, guardian, isServer ? settings.Server.Listen.Port : (ushort)0) is { } seen
                ? StartUapi(UapiServer.PathOf(device), seen, context, isNeeded: plan.Uapi is not null)
                : null;
            var watch = manager is null ? null : new ServiceWatch(manager, health, () => StatusOf(shards), context.Log);
            _ = plan.Gone?.ContinueWith(_ => end.Cancel(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            await RunUntilStoppedAsync(guardian, watch, end.Token);
        }
        catch (OperationCanceledException) when (plan.Gone is { IsCompleted: true })
        {
            context.Log.Information("{Device:l} was deleted: the interface ends", device);
        }
        finally
        {
            await end.CancelAsync();
            manager?.Stopping();
            await host.StopAsync(CancellationToken.None);
            await FinishAsync();
            // Not by an actor: the actors' log may end before it has written what the last of them says.
            foreach (var line in Summary.Of(shards)) context.Log.Information(line.Template, line.Values);
            foreach (var leaked in shards.Select(shard => shard.Line.Leaked).Where(leaked => leaked.Bursts > 0))
                context.Log.Error("packet buffers that were never given back, which is a bug: {Bursts}, {LeasedBy}", leaked.Bursts, leaked.LeasedBy);
        }

        return ExitCode.Success;
    }

    /// <summary>Refuses, before anything of the host is touched, settings that the role cannot be run with.</summary>
    protected virtual void Check(RunContext context)
    {
    }

    /// <summary>
    /// Changes the host as far as the devices do not do it themselves, and describes the line of each shard. Whatever is changed goes
    /// through the journal.
    /// </summary>
    /// <param name="host">Where it is to run.</param>
    /// <param name="manager">Told when it has to wait; null: there is none.</param>
    /// <param name="stop">The user wants it to end.</param>
    /// <returns>Null: nothing is changed, and the role is to begin anew, see <see cref="IRole.RunAsync"/>.</returns>
    protected abstract Task<RolePlan?> PrepareAsync(RoleHost host, ServiceNotifier? manager, CancellationToken stop);

    /// <summary>Where the role writes down its mappings; null: nowhere.</summary>
    protected virtual JournalWriter? Journal => null;

    /// <summary>See <see cref="IReloadable.FindObstacle"/>.</summary>
    public virtual (string Key, string Why)? FindObstacle(TunnelSettings settings) => null;

    /// <summary>Called when the live settings are about to change; the actors follow by themselves.</summary>
    public virtual void Use(TunnelSettings settings)
    {
    }

    /// <summary>Called when packets pass for the first time.</summary>
    protected virtual void OnReady()
    {
    }

    /// <summary>Writes down what peers have used of their quotas, when that is not to wait.</summary>
    protected virtual void SaveQuotas()
    {
    }

    /// <summary>Called when the line has ended and the host's changes still stand; keeps what the next run needs.</summary>
    protected virtual Task FinishAsync() => Task.CompletedTask;

    private static IUapiTarget? UapiOf(RolePlan plan, IActorRef guardian, ushort listenPort)
    {
        if (plan.Uapi is { } own) return own(guardian);
        return plan.Secure is { } end ? new RunningInterface(end.Settings.PrivateKey, listenPort, guardian) : null;
    }

    /// <summary>Null, and a warning, where wg cannot be served and a tunnel works without it.</summary>
    private static UapiServer? StartUapi(string path, IUapiTarget target, RunContext context, bool isNeeded)
    {
        try
        {
            return UapiServer.Start(path, target, context.Log);
        }
        catch (DeviceUnavailableException e) when (!isNeeded)
        {
            context.Warn(e.Message);
            return null;
        }
    }

    private LineContext Line(EventLoop loop, DropCounters drops, TunnelSettings settings) =>
        new(loop, new PacketPool(settings.Line.MaxBursts), drops, new LineTraffic(), TimeProvider.System)
        {
            OuterClass = new OuterClass(settings.Udp.Dscp),
            Events = new LineEvents(Events),
        };

    private static string StatusOf(IReadOnlyList<Shard> shards) => shards[0].Role switch
    {
        { SessionCount: not null } => $"{Words.Some(shards.Sum(shard => shard.Role.ClientCount ?? 0), "client")}, {Words.Some(shards.Sum(shard => shard.Role.SessionCount ?? 0), "session")}",
        _ => "packets pass",
    };

    private async Task RunUntilStoppedAsync(IActorRef guardian, ServiceWatch? watch, CancellationToken stop)
    {
        if (await guardian.Ask<object>(WaitUntilReady.Instance, stop) is TunnelFailed failed) ExceptionDispatchInfo.Throw(failed.Reason);
        // What the start has left behind goes back to the host before the tunnel stays for months.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        OnReady();
        await (watch?.RunAsync(stop) ?? Task.Delay(Timeout.InfiniteTimeSpan, stop));
    }
}
