namespace UdpTun.Net.Io;

/// <summary>What the kernel does for many datagrams at once; probed when the socket is opened.</summary>
/// <param name="Joins">It joins what comes in (UDP_GRO; Linux 5.0).</param>
/// <param name="Cuts">It cuts what goes out (UDP_SEGMENT; Linux 4.18).</param>
public readonly record struct UdpOffload(bool Joins, bool Cuts)
{
    public override string ToString() => (Joins, Cuts) switch
    {
        (true, true) => "datagrams joined and cut by the kernel",
        (true, false) => "datagrams joined by the kernel",
        (false, true) => "datagrams cut by the kernel",
        _ => "none",
    };
}
