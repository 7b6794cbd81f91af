namespace UdpTun.Linux.Sockets;

/// <summary>How a socket has its port (SO_REUSEPORT, socket(7)).</summary>
internal enum PortSharing
{
    /// <summary>Alone.</summary>
    None,

    /// <summary>Alone at first: binding fails where anybody has the port.</summary>
    First,

    /// <summary>Together with those of this user that share it too.</summary>
    Next,
}
