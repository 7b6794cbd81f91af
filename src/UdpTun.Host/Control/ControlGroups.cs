using UdpTun.Host.Control.Status;

namespace UdpTun.Host.Control;

/// <summary>All groups of endpoints.</summary>
internal static class ControlGroups
{
    public static IReadOnlyList<IControlEndpoints> Of(RunningInstance instance) =>
    [
        new StatusEndpoints(instance),
    ];
}
