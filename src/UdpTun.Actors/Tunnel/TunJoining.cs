// Stage: in front of the TUN's writer. Thread: event loop. Memory: see Coalescer.
using UdpTun.Net.Buffers;
using UdpTun.Net.Io;
using UdpTun.Net.Offload;

namespace UdpTun.Actors.Tunnel;

/// <summary>
/// Joins packets to super-packets as far as the TUN that is open takes them: what its writer says of the device, the routes that lead to it
/// heed. On the loop's thread alone.
/// </summary>
public sealed class TunJoining
{
    private Coalescer? _coalescer;

    /// <summary>Called with each device that is opened, and with none when it is gone.</summary>
    public void Use(TunOffload offload) => _coalescer = offload.Tcp ? new Coalescer(offload.Udp) : null;

    /// <summary>Joins what it can among consecutive packets.</summary>
    public void Join(PacketBurst burst, int first, int count)
    {
        if (count > 1) _coalescer?.Join(burst, first, count);
    }
}
