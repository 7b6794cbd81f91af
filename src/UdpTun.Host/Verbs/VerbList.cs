using UdpTun.Host.Cli;
using UdpTun.Host.Verbs.Completion;
using UdpTun.Host.Verbs.Configuration;
using UdpTun.Host.Verbs.Doctor;
using UdpTun.Host.Verbs.Flows;
using UdpTun.Host.Verbs.Instances;
using UdpTun.Host.Verbs.Journal;
using UdpTun.Host.Verbs.Keys;
using UdpTun.Host.Verbs.Peers;
using UdpTun.Host.Verbs.Treatment;

namespace UdpTun.Host.Verbs;

/// <summary>What there is beside the roles, in the order of the help. Each name is one of InterfaceName.ReservedVerbs.</summary>
internal static class VerbList
{
    /// <param name="options">The roles' options, which some verbs take too.</param>
    /// <param name="run">Plays a role.</param>
    internal static IReadOnlyList<IVerb> All(RootOptions options, Func<RunOptions, CancellationToken, Task<ExitCode>> run)
    {
        var instances = new InstanceOptions();
        return
        [
            new StatusVerb(instances),
            new FlowsVerb(instances),
            new FlowVerb(instances, [new ExplainAction(), new KillAction(), new LimitAction(), new FaultAction()]),
            new TapVerb(instances),
            new PingVerb(instances),
            new PageVerb(instances),
            new DoctorVerb(options),
            new ConfigVerb(options, instances),
            new JournalVerb(options),
            new PeerVerb(options),
        KeygenVerb.Private(),
            new PubkeyVerb(),
            KeygenVerb.Preshared(),
            new CompletionVerb(),
            new CleanupVerb(options, run),
        ];
    }
}
