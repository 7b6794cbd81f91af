namespace UdpTun.Net.Nat;

/// <summary>
/// The ports of one protocol at one outer address, those below 1024 apart where there are any (RFC 4787 section 4.2.1, REQ-3): some servers
/// answer a client below 1024 otherwise than one above.
/// </summary>
/// <param name="ports">For all, and for a low inner port when no low one is free.</param>
/// <param name="low">For inner ports below 1024; null: there are none.</param>
internal sealed class PortClasses(PortAllocator ports, PortAllocator? low)
{
    private const int FirstHigh = 1024;

    public int Taken => ports.Taken + (low?.Taken ?? 0);

    public int Count => ports.Count + (low?.Count ?? 0);

    public bool TryTake(PortOwner owner, ushort suggested, TimeSpan now, out ushort port, out PortOrigin origin)
    {
        var wish = suggested == 0 ? owner.Inner.Port : suggested;
        if (low is not null && wish < FirstHigh && low.TryTake(owner, suggested, now, out port, out origin)) return true;
        return ports.TryTake(owner, suggested, now, out port, out origin);
    }

    public bool TryTakeExactly(ushort port) => ClassOf(port).TryTakeExactly(port);

    public bool Holds(ushort port) => ClassOf(port).Holds(port);

    public bool TryReserve(ushort port) => ClassOf(port).TryReserve(port);

    public void Use(NatPolicy policy, bool keepsParity, TimeSpan now)
    {
        ports.Use(policy.PortSelection, keepsParity, policy.PortRest, now);
        low?.Use(policy.PortSelection, keepsParity, policy.PortRest, now);
    }

    public bool TryRest(ushort port, PortOwner owner, bool isOwned, TimeSpan until, TimeSpan now) =>
        ClassOf(port).TryRest(port, owner, isOwned, until, now);

    public IEnumerable<(ushort Port, PortOwner Owner, bool IsOwned, TimeSpan End)> Resting => [.. low?.Resting ?? [], .. ports.Resting];

    public void Release(ushort port, PortOwner owner, TimeSpan now) => ClassOf(port).Release(port, owner, now);

    private PortAllocator ClassOf(ushort port) => low is not null && port < FirstHigh ? low : ports;
}
