namespace UdpTun.Host.Cli;

/// <summary>What the shell is told. The numbers are part of the program's interface.</summary>
internal enum ExitCode
{
    Success = 0,

    /// <summary>Anything not named below: a port or name that is taken, a bug.</summary>
    Failure = 1,

    /// <summary>The command line makes no sense.</summary>
    Usage = 2,

    /// <summary>A privilege is missing (CAP_NET_ADMIN).</summary>
    Privilege = 4,

    /// <summary>The host lacks a part: /dev/net/tun, ip, nft.</summary>
    NotInstalled = 5,

    /// <summary>A setting is wrong.</summary>
    Configuration = 6,

    /// <summary>The instance that is asked for does not run.</summary>
    NotRunning = 7,
}
