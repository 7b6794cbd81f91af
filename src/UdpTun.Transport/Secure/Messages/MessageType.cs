namespace UdpTun.Transport.Secure.Messages;

/// <summary>What a datagram says it is: its first four bytes (WireGuard paper, section 5.4), the last three of them zero.</summary>
internal enum MessageType : uint
{
    Unknown = 0,
    Initiation = 1,
    Response = 2,
    CookieReply = 3,
    Data = 4,
}
