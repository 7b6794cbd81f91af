namespace UdpTun.Transport.Uapi;

/// <summary>A request that is refused. The message names the key and shows no value: it may be a secret.</summary>
public sealed class UapiException(UapiErrno errno, string message) : FormatException(message)
{
    public UapiErrno Errno { get; } = errno;
}
