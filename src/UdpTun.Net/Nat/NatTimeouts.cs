namespace UdpTun.Net.Nat;

/// <summary>How long a session lives without a packet that counts, by protocol and state.</summary>
/// <param name="Udp">RFC 4787 section 4.3, REQ-5: 2 minutes at least, 5 recommended.</param>
/// <param name="Icmp">RFC 5508 section 3.2, REQ-2: 60 seconds at least.</param>
/// <param name="TcpOpening">RFC 5382 section 5, REQ-5: 4 minutes at least while not established.</param>
/// <param name="TcpEstablished">RFC 5382 section 5, REQ-5: 2 hours and 4 minutes at least.</param>
/// <param name="TcpClosing">RFC 5382 section 5, REQ-5, and RFC 7857 section 2.2: 4 minutes after both FINs or a RST.</param>
public sealed record NatTimeouts(TimeSpan Udp, TimeSpan Icmp, TimeSpan TcpOpening, TimeSpan TcpEstablished, TimeSpan TcpClosing)
{
    /// <summary>The values that the RFCs recommend.</summary>
    public static NatTimeouts Recommended { get; } = new(
        Udp: TimeSpan.FromMinutes(5),
        Icmp: TimeSpan.FromSeconds(60),
        TcpOpening: TimeSpan.FromMinutes(4),
        TcpEstablished: TimeSpan.FromMinutes(124),
        TcpClosing: TimeSpan.FromMinutes(4));
}
