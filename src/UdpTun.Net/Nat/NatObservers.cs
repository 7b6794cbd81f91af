namespace UdpTun.Net.Nat;

/// <summary>All that observe a table, told one after the other; mostly nobody. The loop alone, but for what is added before it runs.</summary>
public sealed class NatObservers : INatObserver
{
    private INatObserver[] _all = [];

    public void Add(INatObserver observer) => _all = [.. _all, observer];

    public void MappingOpened(NatMapping mapping)
    {
        foreach (var observer in _all) observer.MappingOpened(mapping);
    }

    public void SessionOpened(NatSession session)
    {
        foreach (var observer in _all) observer.SessionOpened(session);
    }

    public void SessionClosed(NatSession session, SessionEnd why)
    {
        foreach (var observer in _all) observer.SessionClosed(session, why);
    }

    public void MappingClosed(NatMapping mapping)
    {
        foreach (var observer in _all) observer.MappingClosed(mapping);
    }
}
