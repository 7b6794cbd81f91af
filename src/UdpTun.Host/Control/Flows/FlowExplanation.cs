using UdpTun.Actors.Messages;
using UdpTun.Actors.Settings;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;

namespace UdpTun.Host.Control.Flows;

/// <summary>Why a flow is as it is: from its session and the settings, in words.</summary>
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
        var nat = instance.Settings.Nat;
        var what = _mapping.Protocol is IpProtocol.Icmp or IpProtocol.IcmpV6 ? "identifier" : "port";
        if (!_mapping.IsTranslated) return $"not translated: {details.Session.Remote.Address} is in udptun.nat.untranslated-destinations";
        if (_mapping.IsStatic) return "the operator leads it here by udptun.nat.static-mappings";
        if (details.HeldFor is { } held) return $"the client asked to keep it (NAT-PMP), for {held.TotalSeconds:0} seconds more";
        if (nat.PortSelection == PortSelection.Random) return $"drawn at random from {nat.Ports} (udptun.nat.port-selection = random){Parity(nat)}";
        if (_mapping.Outer.Port == _mapping.Inner.Port) return $"the client's own {what} (udptun.nat.port-selection = preserve)";
        var isInRange = _mapping.Inner.Port >= nat.Ports.First && _mapping.Inner.Port <= nat.Ports.Last;
        return $"the client's own {what} {_mapping.Inner.Port} {(isInRange ? "was taken" : $"is not in {nat.Ports}")}, so another was chosen{Parity(nat)}";
    }

    private string Parity(NatSettings nat) => nat.PortParity && _mapping.Protocol == IpProtocol.Udp
        ? $", {(_mapping.Inner.Port % 2 == 0 ? "even" : "odd")} as the client's own (udptun.nat.port-parity)"
        : "";

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
