using UdpTun.Net.Flows;
using UdpTun.Net.Nat;

namespace UdpTun.Host.Control.Flows;

/// <summary>Why a flow leaves by its outer endpoint, in words: by the settings of the time when its mapping was opened.</summary>
/// <param name="mapping">The flow's.</param>
/// <param name="remote">Whom the client talks to.</param>
/// <param name="now">The policy at present.</param>
internal sealed class OuterPortText(NatMapping mapping, InetAddress remote, NatPolicy now)
{
    private readonly NatPolicy _then = mapping.OpenedBy;

    public override string ToString() =>
        mapping.IsRetired ? $"{Origin()}; a static mapping has its place when its flows have ended" : Origin();

    private string What => mapping.Protocol is IpProtocol.Icmp or IpProtocol.IcmpV6 ? "identifier" : "port";

    private string Origin()
    {
        if (!mapping.IsTranslated)
            return $"not translated: {remote} {(now.Untranslated.LeadTo(remote) ? "is" : "was")} in udptun.nat.untranslated-destinations";
        return mapping.Origin switch
        {
            PortOrigin.Led => mapping.IsStatic
                ? "the operator leads it here by udptun.nat.static-mappings"
                : "the operator led it here by udptun.nat.static-mappings, which are others by now",
            PortOrigin.Suggested => $"the client asked for this {What} (NAT-PMP)",
            PortOrigin.TakenBack => $"{mapping.Inner} had it a while ago, and nobody else yet (udptun.nat.port-rest)",
            PortOrigin.Restored => "an earlier run of the server gave it, and the flow goes on",
            PortOrigin.Kept => $"the client's own {What} ({Selection})",
            _ when _then.PortSelection == PortSelection.Random => $"drawn at random from {Ports} ({Selection}){Parity}",
            _ => $"the client's own {What} {mapping.Inner.Port} {(Ports.Contains(mapping.Inner.Port) ? "was taken" : $"is not in {Ports}")}, "
                + $"so another was chosen ({Selection}){Parity}",
        };
    }

    private PortRange Ports => _then.LowPorts is { } low && low.Contains(mapping.Outer.Port) ? low : _then.Ports;

    private string Selection => now.PortSelection == _then.PortSelection
        ? $"udptun.nat.port-selection = {Word(_then.PortSelection)}"
        : $"udptun.nat.port-selection was {Word(_then.PortSelection)} then";

    private string Parity => mapping.Origin == PortOrigin.DrawnByParity
        ? $", {(mapping.Inner.Port % 2 == 0 ? "even" : "odd")} as the client's own (udptun.nat.port-parity)"
        : "";

    private static string Word(PortSelection selection) => selection == PortSelection.Random ? "random" : "preserve";
}
