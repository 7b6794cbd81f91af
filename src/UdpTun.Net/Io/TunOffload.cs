namespace UdpTun.Net.Io;

/// <summary>What a TUN takes and hands over beyond ordinary packets; probed when it is opened.</summary>
/// <param name="Tcp">TCP super-packets and pending checksums (TUN_F_CSUM, TSO4, TSO6).</param>
/// <param name="Udp">UDP super-packets too (TUN_F_USO4, USO6; Linux 6.2).</param>
public readonly record struct TunOffload(bool Tcp, bool Udp)
{
    public override string ToString() => (Tcp, Udp) switch
    {
        (true, true) => "TCP and UDP super-packets",
        (true, false) => "TCP super-packets",
        _ => "none",
    };
}
