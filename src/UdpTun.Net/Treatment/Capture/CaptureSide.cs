namespace UdpTun.Net.Treatment.Capture;

/// <summary>Where a packet was seen; the number of the interface in the file.</summary>
public enum CaptureSide : byte
{
    /// <summary>Inside the tunnel, as the client's programs see it.</summary>
    Inner = 0,

    /// <summary>Behind our NAT, as the server's kernel sees it.</summary>
    Outer = 1,
}
