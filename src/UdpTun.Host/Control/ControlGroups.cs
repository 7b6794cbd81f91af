using UdpTun.Host.Control.Events;
using UdpTun.Host.Control.Flows;
using UdpTun.Host.Control.Page;
using UdpTun.Host.Control.Peers;
using UdpTun.Host.Control.Status;
using UdpTun.Host.Control.Treatment;
using UdpTun.Host.Page;
using UdpTun.Host.Reload;

namespace UdpTun.Host.Control;

/// <summary>All groups of endpoints.</summary>
internal static class ControlGroups
{
    public static IReadOnlyList<IControlEndpoints> Of(RunningInstance instance) =>
    [
        .. Seen(instance, null),
        new ReloadEndpoints(instance.Reloader),
        new PeersEndpoints(instance),
        new TreatmentEndpoints(instance),
        new TapEndpoints(instance),
    ];

    /// <summary>Those that the page has, too.</summary>
    /// <param name="instance">The run that they speak for.</param>
    /// <param name="history">The page's; null: nobody keeps one.</param>
    public static IReadOnlyList<IControlEndpoints> Seen(RunningInstance instance, TrafficHistory? history)
    {
        var (status, flows) = (new StatusEndpoints(instance), new FlowEndpoints(instance));
        return [status, flows, new EventEndpoints(instance.Events), new WatchEndpoints(instance.Events, status, flows, history)];
    }
}
