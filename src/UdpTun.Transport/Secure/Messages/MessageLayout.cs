namespace UdpTun.Transport.Secure.Messages;

/// <summary>
/// Where the fields of the four messages lie (WireGuard paper, section 5.4). Numbers are little-endian; bytes 1 to 3 are zero.
/// </summary>
internal static class MessageLayout
{
    public const int TypeOffset = 0, TypeBytes = 4;
    public const int MacBytes = 16;

    /// <summary>mac1 and mac2 end both handshake messages, so their places are counted from the end.</summary>
    public const int MacsBytes = 2 * MacBytes;

    public const int InitiationSenderOffset = 4, InitiationNoiseOffset = 8, InitiationBytes = 148;
    public const int ResponseSenderOffset = 4, ResponseReceiverOffset = 8, ResponseNoiseOffset = 12, ResponseBytes = 92;
    public const int CookieReceiverOffset = 4, CookieNonceOffset = 8, CookieNonceBytes = 24, CookieOffset = 32, CookieReplyBytes = 64;
    public const int DataReceiverOffset = 4, DataCounterOffset = 8, DataOffset = 16;

    /// <summary>A keepalive: header and tag with nothing between.</summary>
    public const int DataMinBytes = DataOffset + 16;
}
