using System.Buffers.Binary;

namespace UdpTun.Net.Io;

/// <summary>
/// Which shard's a datagram is, told by its bytes alone, so that the kernel can put it into that shard's socket. Simple enough to be a
/// programme of a dozen instructions.
/// </summary>
/// <param name="Shards">2 or more.</param>
/// <param name="Rules">The kinds of datagrams that are somebody's; the first that fits counts.</param>
public sealed record DatagramSteering(int Shards, IReadOnlyList<SteeringRule> Rules)
{
    /// <summary>The shard, or null: whoever gets it may keep it.</summary>
    public int? HomeOf(ReadOnlySpan<byte> datagram)
    {
        if (datagram.Length < sizeof(uint)) return null;
        var word = BinaryPrimitives.ReadUInt32BigEndian(datagram);
        foreach (var rule in Rules)
            if (rule.FirstWord == word) return datagram.Length >= rule.LeastBytes ? datagram[rule.Offset] % Shards : null;
        return null;
    }
}

/// <summary>One kind of datagrams, and which of their bytes says the shard: the rest of its division by the number of shards.</summary>
/// <param name="FirstWord">The first four bytes, the first one topmost.</param>
/// <param name="LeastBytes">Shorter ones are of no kind.</param>
/// <param name="Offset">Where the byte is; below <paramref name="LeastBytes"/>.</param>
public readonly record struct SteeringRule(uint FirstWord, int LeastBytes, int Offset);
