using Akka.Actor;
using Akka.Event;

namespace UdpTun.Actors.Tunnel;

/// <summary>
/// What happens to whom when an actor fails. The whole table of it:
/// <list type="table">
/// <listheader><term>failure</term><description>directive and reason</description></listheader>
/// <item><term>a session's actor, any exception</term><description>Restart: only the batch in hand is lost, the session is in the table.
/// The sixth failure within ten seconds ends the session: its packets would only be lost one by one.</description></item>
/// <item><term>a child of the guardian, any exception</term><description>Restart, always: devices, table and buffers are kept, and a
/// tunnel without one of its parts is no tunnel.</description></item>
/// <item><term>any actor, in its constructor</term><description>Stop: the same constructor would fail again.</description></item>
/// </list>
/// Expected trouble (a device lost, a bad packet) is never an exception, so each of these is a bug and is logged with its stack.
/// </summary>
internal static class TunnelSupervision
{
    private const int SessionFailures = 5;
    private const int SessionFailureWindowMilliseconds = 10_000;

    /// <summary>The strategy of the guardian over the parts of the line.</summary>
    public static SupervisorStrategy OfParts(ILoggingAdapter log) => new OneForOneStrategy(
        -1, -1, failure => Decide(log, failure), loggingEnabled: false);

    /// <summary>The strategy of the NAT over its sessions.</summary>
    public static SupervisorStrategy OfSessions(ILoggingAdapter log) => new OneForOneStrategy(
        SessionFailures, SessionFailureWindowMilliseconds, failure => Decide(log, failure), loggingEnabled: false);

    private static Directive Decide(ILoggingAdapter log, Exception failure)
    {
        var directive = failure is ActorInitializationException ? Directive.Stop : Directive.Restart;
        log.Error(failure, "an actor failed, which is a bug: directive {Directive}", directive);
        return directive;
    }
}
