using UdpTun.Actors.Lines;
using UdpTun.Actors.Settings;

namespace UdpTun.Actors.Tunnel;

/// <summary>All that the guardian needs to build its tree, and to build it again after a failure of its own.</summary>
/// <param name="Role">The line to build.</param>
/// <param name="Line">What the line's actors share; outlives them.</param>
/// <param name="Reopen">How lost devices are opened again.</param>
/// <param name="SummaryInterval">Time between two summary lines in the log.</param>
/// <param name="Dispatcher">HOCON path of the event loop's dispatcher.</param>
/// <param name="LastDispatcher">The same loop's, for what has its turn when the line has had its.</param>
public sealed record GuardianPlan(
    ILinePlan Role, LineContext Line, ReopenSettings Reopen, TimeSpan SummaryInterval, string Dispatcher = GuardianPlan.LoopDispatcher,
    string LastDispatcher = GuardianPlan.LoopLastDispatcher)
{
    public const string LoopDispatcher = "udptun.loop-dispatcher";

    public const string LoopLastDispatcher = "udptun.loop-last-dispatcher";
}
