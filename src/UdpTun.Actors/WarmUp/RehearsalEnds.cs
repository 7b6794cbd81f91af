using UdpTun.Net.Io;

namespace UdpTun.Actors.WarmUp;

/// <summary>
/// The devices of a rehearsal, all of them real ones that no packet can leave: two TUN ends with what lies beyond each (what one of a pair
/// writes the other reads), and two sockets of one host that reach each other.
/// </summary>
/// <param name="ClientTun">The client line's TUN.</param>
/// <param name="Inner">Where its packets come from.</param>
/// <param name="ClientUdp">The client line's socket.</param>
/// <param name="ServerUdp">The server line's socket.</param>
/// <param name="ServerTun">The server line's TUN.</param>
/// <param name="Internet">Where its packets come out.</param>
public sealed record RehearsalEnds(
    ITunDevice ClientTun, ITunDevice Inner, IUdpSocket ClientUdp, IUdpSocket ServerUdp, ITunDevice ServerTun, ITunDevice Internet) : IDisposable
{
    public void Dispose()
    {
        foreach (IDisposable end in (IDisposable[])[ClientTun, Inner, ClientUdp, ServerUdp, ServerTun, Internet]) end.Dispose();
    }
}
