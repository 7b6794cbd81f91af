using UdpTun.Net.Buffers;
using UdpTun.Transport.Secure.Commands;

namespace UdpTun.Transport.Secure;

/// <summary>The way from one shard's packet half to those of the others. Called on the loop; must not block.</summary>
public interface IShardNeighbours
{
    /// <summary>A datagram under keys of another shard, which the kernel put into this one's socket. Copied; the caller drops it.</summary>
    void HandOver(PacketBurst burst, int index, int shard);

    /// <summary>The burst at hand has no more of them.</summary>
    void EndBurst();

    /// <summary>Sends a handshake message from another shard's socket.</summary>
    void Send(SecureCommand.Answer answer, int shard);
}
