// Stage: beside the line; a flow that opens no session. Thread: event loop. Memory: the offending batch stays the caller's.
using Akka.Event;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Peers;

namespace UdpTun.Actors.Nat;

/// <summary>
/// The event of a refusal (RFC 5508 REQ-8, RFC 6888 section 4): a warning that names the flow, why it was refused and by which setting; at
/// most one a minute and client, so that whoever floods fills no log.
/// </summary>
internal sealed class RefusalLog(LineContext line, ILoggingAdapter log)
{
    /// <param name="flow">As it was read, from inside or from outside.</param>
    /// <param name="reason">Why it was refused; what no policy refuses is no event.</param>
    /// <param name="client">Whose session it would be.</param>
    public void Add(in FlowKey flow, DropReason reason, Peer client)
    {
        if (RefusalPolicy.SettingBehind(reason) is not { } setting || !client.RefusalEvents.TryTake(line.Now, out var count)) return;
        log.Warning("{Flow} of client {Client} is refused ({Reason}) by {Setting}; refused since the last such line: {Count}",
            flow, client.Name, reason, setting, count);
    }
}
