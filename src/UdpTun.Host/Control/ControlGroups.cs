using UdpTun.Host.Control.Flows;
using UdpTun.Host.Control.Peers;
using UdpTun.Host.Control.Status;
using UdpTun.Host.Control.Treatment;

namespace UdpTun.Host.Control;

/// <summary>All groups of endpoints.</summary>
internal static class ControlGroups
{
    public static IReadOnlyList<IControlEndpoints> Of(RunningInstance instance) =>
    [
        new StatusEndpoints(instance),
        new FlowEndpoints(instance),
        new PeersEndpoints(instance),
        new TreatmentEndpoints(instance),
        new TapEndpoints(instance),
    ];
}
