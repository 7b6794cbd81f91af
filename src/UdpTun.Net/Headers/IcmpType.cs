namespace UdpTun.Net.Headers;

/// <summary>
/// The ICMP message types that are translated or answered: echo and errors of version 4 (RFC 792) and of version 6 (RFC 4443).
/// </summary>
public static class IcmpType
{
    public const byte EchoReply = 0;
    public const byte DestinationUnreachable = 3;
    public const byte EchoRequest = 8;
    public const byte TimeExceeded = 11;
    public const byte ParameterProblem = 12;
    public const byte DestinationUnreachableV6 = 1;
    public const byte PacketTooBigV6 = 2;
    public const byte TimeExceededV6 = 3;
    public const byte ParameterProblemV6 = 4;
    public const byte EchoRequestV6 = 128;
    public const byte EchoReplyV6 = 129;
}
