// Stage: what leaves through the NAT. Thread: the loop. Memory: rewrites the packet in place; nothing allocated after construction.
using System.Buffers.Binary;
using System.Numerics;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;

namespace UdpTun.Net.Nat;

/// <summary>
/// Gives what leaves by the outer addresses its identification. Clients choose theirs without knowing of each other, but behind one
/// address a receiver that puts fragments together tells datagrams apart by it alone (RFC 6864 section 5.3, RFC 7857 section 10). Counters
/// by destination and protocol, so that one busy destination does not make the others' numbers come round sooner.
/// </summary>
public sealed class IpIdentifiers
{
    private const int Sequences = 2048; // a power of 2; two destinations that share one still get different numbers

    private readonly uint[] _next = new uint[Sequences];
    private readonly int _secret;
    private readonly int _ownBits;
    private readonly uint _shard;

    /// <param name="random">Sets where the counters begin, so that nobody outside can tell how much has been sent (RFC 7739).</param>
    /// <param name="shard">Which of the shards counts here, 0 or more.</param>
    /// <param name="shards">How many count apart and must not meet, 1 to 16: the highest of the 16 bits tell them apart.</param>
    public IpIdentifiers(Random random, int shard = 0, int shards = 1)
    {
        _shard = (uint)shard;
        _ownBits = 16 - BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)shards));
        _secret = random.Next();
        for (var i = 0; i < Sequences; i++) _next[i] = (uint)random.Next();
    }

    /// <summary>The next number for a destination: all 32 bits in IPv6, the lower 16 in IPv4.</summary>
    public uint Next(InetAddress destination, IpProtocol protocol, int count = 1)
    {
        ref var next = ref _next[HashCode.Combine(_secret, destination, protocol) & (Sequences - 1)];
        var own = (1u << _ownBits) - 1;
        if ((next & own) + (uint)count > own + 1) next += own + 1 - (next & own); // numbers of one super-packet lie in a row
        var first = next;
        next += (uint)count;
        return first >> _ownBits << 16 | _shard << _ownBits | first & own;
    }

    /// <summary>
    /// Gives a whole IPv4 packet a number of its own unless it can never become fragments (RFC 6864 section 4). A fragment already has
    /// its datagram's.
    /// </summary>
    /// <param name="packet">The packet.</param>
    /// <param name="destination">Where it goes.</param>
    /// <param name="protocol">Its transport's protocol.</param>
    /// <param name="count">Numbers to take: the segments of a super-packet count on from its own.</param>
    public void Renew(Span<byte> packet, InetAddress destination, IpProtocol protocol, int count = 1)
    {
        if (!destination.IsV4 || IpHeader.TryLocate(packet, out var ip) != DropReason.None || ip.IsAtomic || ip.IsFragment) return;
        Write(packet, IpHeader.V4IdentificationOffset, Next(destination, protocol, count));
    }

    /// <summary>Writes the number of a fragment's datagram.</summary>
    internal static void Write(Span<byte> fragment, IpHeader ip, uint identification)
    {
        if (ip.IsV4) Write(fragment, IpHeader.V4IdentificationOffset, identification);
        else BinaryPrimitives.WriteUInt32BigEndian(fragment[ip.V6IdentificationOffset..], identification);
    }

    private static void Write(Span<byte> packet, int offset, uint identification)
    {
        var field = packet.Slice(offset, 2);
        var before = BinaryPrimitives.ReadUInt16BigEndian(field);
        BinaryPrimitives.WriteUInt16BigEndian(field, (ushort)identification);
        var checksum = packet.Slice(IpHeader.V4ChecksumOffset, 2);
        BinaryPrimitives.WriteUInt16BigEndian(
            checksum, InternetChecksum.Update(BinaryPrimitives.ReadUInt16BigEndian(checksum), before, (ushort)identification));
    }
}
