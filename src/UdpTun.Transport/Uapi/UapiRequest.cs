namespace UdpTun.Transport.Uapi;

/// <summary>One request of the text protocol that wg(8) speaks on <c>/run/wireguard/NAME.sock</c> (wireguard.com/xplatform).</summary>
public abstract record UapiRequest
{
    /// <summary><c>get=1</c>: how the interface stands.</summary>
    public sealed record Get : UapiRequest;

    /// <summary><c>set=1</c>: change the interface.</summary>
    public sealed record Set(InterfaceChange Change) : UapiRequest;
}
