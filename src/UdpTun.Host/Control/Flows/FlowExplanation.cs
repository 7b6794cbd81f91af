using UdpTun.Actors.Messages;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;

namespace UdpTun.Host.Control.Flows;

/// <summary>Why a flow is as it is: from its session and the settings that concern it, in words.</summary>
internal sealed class FlowExplanation(SessionDetails details, RunningInstance instance)
{
    private readonly NatMapping _mapping = details.Session.Mapping;

    public FlowAnswer Answer() => new(
        FlowText.Of(details.Session), External(), details.IsFromOutside ? "remote" : "client", OuterPort(), details.MappingSessions, Timer(),
        details.LastDrop is var (reason, ago, packets) ? new DropStatus(reason.ToString(), FlowText.Seconds(ago), packets) : null,
        details.PathMtu, instance.About.Mtu);

    private string? External()
    {
        if (!_mapping.IsTranslated) return _mapping.Outer.ToString();
        return instance.About.Addresses.TryGetExternal(_mapping.Outer.Address, out var external)
            ? new InetEndpoint(external, _mapping.Outer.Port).ToString()
            : null;
    }

    private string OuterPort()
    {
        var why = Origin();
        return details.MappingSessions > 1
            ? $"{why}; {details.MappingSessions} flows of {_mapping.Inner} share it, since one inner endpoint leaves as one outer endpoint"
            : why;
    }

    private string Origin()
    {
        // Whoever tells of a session has a table.
        var why = new OuterPortText(_mapping, details.Session.Remote.Address, instance.Shards[0].Role.Nat!.Policy).ToString();
        return details.HeldFor is { } held ? $"{why}; the client asked to keep it (NAT-PMP), for {held.TotalSeconds:0} seconds more" : why;
    }

    private TimerStatus Timer()
    {
        var setting = _mapping.Protocol switch
        {
            _ when details.Session.State == SessionState.Killed => null,
            IpProtocol.Udp => "udp",
            IpProtocol.Tcp => $"tcp-{details.Session.State.ToString().ToLowerInvariant()}",
            _ => "icmp",
        };
        return new TimerStatus(setting is null ? null : $"udptun.nat.timeouts.{setting}", details.Session.IdleTimeout.TotalSeconds);
    }
}
