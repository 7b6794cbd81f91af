using UdpTun.Net.Flows;

namespace UdpTun.Net.Nat;

/// <summary>Learns who has which outer endpoint, and when; called on the loop's thread, never per packet.</summary>
public interface IMappingObserver
{
    void Opened(NatMapping mapping);

    /// <summary>A session has begun on the mapping.</summary>
    void Contacted(NatMapping mapping, InetEndpoint remote);

    void Closed(NatMapping mapping);
}
