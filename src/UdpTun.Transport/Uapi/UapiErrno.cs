namespace UdpTun.Transport.Uapi;

/// <summary>What a request ends with; the numbers are Linux's (errno-base.h, errno.h). On the wire they are negative, as wireguard-go writes them.</summary>
public enum UapiErrno
{
    /// <summary>Done.</summary>
    None = 0,

    /// <summary>EIO.</summary>
    Io = 5,

    /// <summary>EINVAL: a value that does not fit its key.</summary>
    Invalid = 22,

    /// <summary>EPROTO: a key that there is not, or not here.</summary>
    Protocol = 71,

    /// <summary>EADDRINUSE: somebody has the port.</summary>
    AddressInUse = 98,
}
