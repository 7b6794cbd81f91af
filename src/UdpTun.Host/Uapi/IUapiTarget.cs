using UdpTun.Transport.Uapi;

namespace UdpTun.Host.Uapi;

/// <summary>An interface that wg(8) may look at and change. Called by one request at a time.</summary>
internal interface IUapiTarget
{
    Task<InterfaceReport> Report(CancellationToken stop);

    /// <summary>Returns when the change has taken hold; all of it or nothing.</summary>
    /// <exception cref="UapiException">It is refused.</exception>
    Task Apply(InterfaceChange change, CancellationToken stop);
}
