using System.Collections.Concurrent;
using System.Security.Cryptography;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Transport.Secure.Handshakes;

/// <summary>
/// The numbers by which peers call our handshakes and key pairs: drawn at random, so that nobody can tell peers or sessions apart by them
/// (WireGuard paper, section 5.4.2). Any thread.
/// </summary>
public sealed class SessionIndices
{
    private readonly ConcurrentDictionary<uint, PublicKey> _taken = new();

    public int Count => _taken.Count;

    public uint Take(PublicKey peer)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        while (true)
        {
            RandomNumberGenerator.Fill(bytes);
            var index = BitConverter.ToUInt32(bytes);
            if (_taken.TryAdd(index, peer)) return index;
        }
    }

    /// <summary>The peer of a handshake or key pair; null for a number that is nobody's.</summary>
    public PublicKey? OwnerOf(uint index) => _taken.GetValueOrDefault(index);

    public void GiveBack(uint index) => _taken.TryRemove(index, out _);
}
