using UdpTun.Net.Buffers;

namespace UdpTun.Transport;

/// <summary>
/// What a datagram is: turns what came out of the UDP socket into inner packets and back. Pure: no clock, no socket. Called on the event
/// loop's thread.
/// </summary>
public interface ITransport
{
    /// <summary>Its name in configuration and logs.</summary>
    string Name { get; }

    /// <summary>True when nobody but the peer can produce a datagram that <see cref="Open"/> accepts.</summary>
    bool Authenticates { get; }

    /// <summary>
    /// Turns each datagram of <paramref name="burst"/> into its inner packet, in place, and says in <see cref="PacketBurst.Peers"/> whose it
    /// is where it <see cref="Authenticates"/>. What holds no packet is emptied, and counted unless it was meant for the transport itself.
    /// </summary>
    void Open(PacketBurst burst, in TransportTurn turn);

    /// <summary>
    /// Takes over a batch that goes to <see cref="PacketBatch.Peer"/>, or in plain mode to <see cref="PacketBatch.Remote"/>. Its datagrams
    /// are among the next that <see cref="TryTakeReady"/> gives; what cannot be sent is counted.
    /// </summary>
    void Seal(PacketBatch batch, in TransportTurn turn);

    /// <summary>Gives away, oldest first, the datagrams that are ready to be sent: sealed packets, and what the transport itself has to say.</summary>
    bool TryTakeReady(out PacketBatch datagrams);

    /// <summary>Lets go of buffers that have room for more: the round is over, and the next datagrams may be long in coming.</summary>
    void EndRound();
}
