using System.Collections.Concurrent;
using System.Security.Cryptography;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Transport.Secure.Handshakes;

/// <summary>
/// The numbers by which peers call our handshakes and key pairs: drawn at random, so that nobody can tell peers or sessions apart by them
/// (WireGuard paper, section 5.4.2). With several shards the lowest byte carries the one whose the keys are, which is all that a number tells
/// of its peer: the kernel steers by it (<see cref="Messages.ReceiverSteering"/>). Any thread.
/// </summary>
/// <param name="shards">1 or more.</param>
public sealed class SessionIndices(int shards = 1)
{
    private readonly ConcurrentDictionary<uint, PublicKey> _taken = new();

    public int Count => _taken.Count;

    /// <param name="peer">Whose it will be.</param>
    /// <param name="home">The peer's shard.</param>
    public uint Take(PublicKey peer, int home = 0)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        while (true)
        {
            RandomNumberGenerator.Fill(bytes);
            var index = BitConverter.ToUInt32(bytes);
            if (HomeOf(index) == home && _taken.TryAdd(index, peer)) return index;
        }
    }

    /// <summary>The shard whose keys a number stands for.</summary>
    public int HomeOf(uint index) => (byte)index % shards;

    /// <summary>The peer of a handshake or key pair; null for a number that is nobody's.</summary>
    public PublicKey? OwnerOf(uint index) => _taken.GetValueOrDefault(index);

    public void GiveBack(uint index) => _taken.TryRemove(index, out _);
}
