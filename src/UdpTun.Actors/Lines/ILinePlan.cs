using UdpTun.Net.Io;
using UdpTun.Net.Nat;

namespace UdpTun.Actors.Lines;

/// <summary>
/// What one role's line is made of: its two ends, and the actors between them. Immutable; a restarted guardian builds from it again.
/// </summary>
public interface ILinePlan
{
    /// <summary>Opens the TUN end; null where the line has none (exit echo).</summary>
    IDeviceFactory<ITunDevice>? Tun { get; }

    /// <summary>Opens the UDP end; null where the line has none (dump, echo).</summary>
    IDeviceFactory<IUdpSocket>? Udp { get; }

    /// <summary>Clients that are being served; null on a line that serves none. Any thread.</summary>
    int? ClientCount { get; }

    /// <summary>Sessions in the NAT table; null on a line without NAT. Any thread.</summary>
    int? SessionCount { get; }

    /// <summary>The NAT, of which any thread may read the counts; null on a line without.</summary>
    NatTable? Nat => null;

    /// <summary>Starts the line's actors, farthest from the readers first, and says where each reader's bursts go.</summary>
    internal LineParts Build(LineBuilder builder);
}
