namespace UdpTun.Net.Nat;

/// <summary>Learns who has which outer endpoint, and when; called on the loop's thread, never per packet.</summary>
public interface IMappingObserver
{
    void Opened(NatMapping mapping);

    void Closed(NatMapping mapping);
}
