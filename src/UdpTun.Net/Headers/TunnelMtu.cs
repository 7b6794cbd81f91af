namespace UdpTun.Net.Headers;

/// <summary>How long a packet may be so that its datagram fits the path between client and server.</summary>
public static class TunnelMtu
{
    /// <summary>The least that IPv6 runs on (RFC 8200 section 5), whatever the path carries.</summary>
    public const int Least = 1280;

    public const int Most = 9000;

    /// <summary>
    /// What a path of 1500 bytes leaves, which is all that an end chooses by itself. Client and server do not negotiate, and each sees its
    /// own link only: jumbo frames at the one say nothing about the way to the other, whereas at 1420 both arrive on every such path.
    /// </summary>
    public const int Usual = 1420;

    /// <summary>IPv6 and UDP headers (40 + 8) and a secure transport's header and tag (16 + 16).</summary>
    public const int Overhead = 80;

    /// <summary>IPv4 and UDP headers: what even a plain packet costs.</summary>
    public const int LeastOverhead = 28;

    /// <summary>The longest inner packet for a path that carries IP packets of <paramref name="path"/> bytes.</summary>
    public static int For(int path) => Math.Clamp(path - Overhead, Least, Usual);
}
