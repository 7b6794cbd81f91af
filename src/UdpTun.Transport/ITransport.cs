using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;

namespace UdpTun.Transport;

/// <summary>
/// What a datagram is: turns what came out of the UDP socket into inner packets and back, in place, within the packets'
/// head- and tailroom. Pure: no clock, no socket. Called on the event loop's thread.
/// </summary>
public interface ITransport
{
    /// <summary>Its name in configuration and logs.</summary>
    string Name { get; }

    /// <summary>True when nobody but the peer can produce a datagram that <see cref="Open"/> accepts.</summary>
    bool Authenticates { get; }

    /// <summary>
    /// Turns each datagram of <paramref name="burst"/> into its inner packet. What holds none is emptied and counted in
    /// <paramref name="drops"/>.
    /// </summary>
    void Open(PacketBurst burst, DropCounters drops);

    /// <summary>
    /// Turns each packet of <paramref name="batch"/> into the datagram that carries it to <see cref="PacketBatch.Remote"/>.
    /// </summary>
    void Seal(PacketBatch batch);
}
