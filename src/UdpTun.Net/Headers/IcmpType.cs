namespace UdpTun.Net.Headers;

/// <summary>
/// The ICMP message types that are translated or answered: echo of version 4 (RFC 792) and of version 6 (RFC 4443 section 4).
/// </summary>
public static class IcmpType
{
    public const byte EchoReply = 0;
    public const byte EchoRequest = 8;
    public const byte EchoRequestV6 = 128;
    public const byte EchoReplyV6 = 129;
}
