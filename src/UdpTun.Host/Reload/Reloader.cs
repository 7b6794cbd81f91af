using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Settings;
using UdpTun.Host.Configuration;
using UdpTun.Host.Control;
using UdpTun.Host.Control.Peers;
using UdpTun.Host.Roles;
using UdpTun.Host.Service;

namespace UdpTun.Host.Reload;

/// <summary>
/// Lets a running instance take what has changed in its configuration: all that is live of it, or, where anything is wrong, nothing. One
/// reload at a time.
/// </summary>
/// <param name="context">The run, which goes by its configuration.</param>
/// <param name="parts">What runs beside the actors.</param>
/// <param name="guardian">Takes <see cref="ApplySettings"/>.</param>
internal sealed class Reloader(RunContext context, IReloadable parts, IActorRef guardian) : IReloader
{
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>The keys that the instance was started with; null in plain mode.</summary>
    public SecureSettings? Secure { get; init; }

    /// <summary>A server's peers, or the one of a client; null in plain mode.</summary>
    public RunningPeers? Peers { get; init; }

    /// <summary>The service manager, which waits for the end of a reload, and how the instance is, for it; null: none.</summary>
    public (ServiceNotifier Notifier, Func<string> Status)? Manager { get; init; }

    public async Task<ReloadReport> ReloadAsync(CancellationToken stop)
    {
        await _one.WaitAsync(stop);
        Manager?.Notifier.Reloading();
        try
        {
            var report = await ReloadOnceAsync(stop);
            Tell(report);
            return report;
        }
        catch (ConfigurationException e)
        {
            context.Log.Error("reload: nothing is changed: {Reason:l}", e.Message);
            throw;
        }
        finally
        {
            if (Manager is var (notifier, status)) notifier.Ready(status());
            _one.Release();
        }
    }

    private async Task<ReloadReport> ReloadOnceAsync(CancellationToken stop)
    {
        using var hold = Peers is null ? null : await Peers.Hold(stop);
        var change = context.Configuration.Read(parts.FindObstacle);
        var peers = Peers?.Read(change.Secure);
        var otherKey = Secure is null ? null : change.Secure.FindOtherKey(Secure, context.Options.Role);
        // All that can be refused is behind us.
        parts.Use(change.Settings);
        var applied = await guardian.Ask<SettingsApplied>(new ApplySettings(change.Settings), RunningInstance.Patience, stop);
        context.Configuration.Take(change);
        return new ReloadReport(
            change.Taken, otherKey is null ? change.Waiting : [.. change.Waiting, otherKey], applied.Waiting,
            peers is null ? null : await Peers!.Apply(peers, stop));
    }

    private void Tell(ReloadReport report)
    {
        foreach (var taken in report.Taken)
            context.Log.Information("reload: {Setting:l} is {Now:l} now, and was {Before:l}", taken.Key, taken.Now, taken.Before);
        foreach (var waiting in report.NeedRestart)
        {
            context.Log.Warning("reload: {Setting:l} = {Now:l} needs a restart, it is {Before:l} until then: {Why:l}",
                waiting.Key, waiting.Now, waiting.Before, waiting.Why);
        }

        foreach (var sentence in report.Waiting) context.Warn($"reload: {sentence}");
        if (report.Peers is { } peers && peers.Added + peers.Changed + peers.Removed > 0)
            context.Log.Information("reload: peers added {Added}, changed {Changed}, removed {Removed}", peers.Added, peers.Changed, peers.Removed);
        context.Log.Information("reloaded: settings taken {Taken}, waiting for a restart {NeedRestart}", report.Taken.Count, report.NeedRestart.Count);
    }
}
