namespace UdpTun.Net.Io;

/// <summary>Why a device cannot be opened.</summary>
public enum DeviceFault
{
    /// <summary>Something else, such as a port or name that is taken.</summary>
    Other,

    /// <summary>The process lacks a privilege (CAP_NET_ADMIN).</summary>
    Privilege,

    /// <summary>The host lacks a part: /dev/net/tun, ip, nft.</summary>
    NotInstalled,
}
