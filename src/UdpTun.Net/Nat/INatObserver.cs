namespace UdpTun.Net.Nat;

/// <summary>Learns who has which outer endpoint and talks to whom, and when; called on the loop's thread, never per packet.</summary>
public interface INatObserver
{
    void MappingOpened(NatMapping mapping);

    /// <summary>A session has begun; its mapping was opened before it.</summary>
    void SessionOpened(NatSession session);

    /// <summary>A session has left the table; its mapping, if it was the last, goes after it.</summary>
    void SessionClosed(NatSession session, SessionEnd why);

    void MappingClosed(NatMapping mapping);
}
