namespace UdpTun.Host.Cli;

/// <summary>What this run of the program is.</summary>
internal enum Role
{
    /// <summary>Takes packets of clients and lets them out to the internet.</summary>
    Server,

    /// <summary>Sends the packets of this host through the tunnel.</summary>
    Client,

    /// <summary>Prints every packet routed into a TUN, one line each.</summary>
    Dump,

    /// <summary>Answers ICMP echo requests for any address routed into a TUN.</summary>
    Echo,

    /// <summary>Is a plain WireGuard interface: <c>udptun NAME</c>, and no word of <c>--role</c>.</summary>
    Interface,

    /// <summary>Undoes what a run that crashed left on the host.</summary>
    Cleanup,
}
