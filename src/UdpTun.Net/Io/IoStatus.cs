namespace UdpTun.Net.Io;

/// <summary>How a read or write of a device ended. Expected trouble is a value, never an exception.</summary>
public enum IoStatus
{
    /// <summary>All that was asked for was done; for a read: there may be more.</summary>
    Ok,

    /// <summary>The kernel has nothing more to read, or takes no more to write, until the poller says so.</summary>
    WouldBlock,

    /// <summary>
    /// The interface is administratively down (a TUN answers EIO to writes). It may come back; packets are lost meanwhile.
    /// </summary>
    Down,

    /// <summary>The device or socket is gone (EBADF, ENODEV, EBADFD): dispose it and open another.</summary>
    Lost,
}
