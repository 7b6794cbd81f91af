// Stage: cryptokey routing, before a packet is sealed and after one was opened. Thread: reads on the event loop, changes by
// replacing the whole table. Memory: its own nodes.
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using UdpTun.Net.Flows;

namespace UdpTun.Transport.Secure.Peers;

/// <summary>
/// Which peer an inner address belongs to: the longest prefix that covers it (WireGuard paper, section 2). Two binary trees, one
/// for each family, whose edges skip the bits on which nothing branches.
/// </summary>
internal sealed class AllowedIps<TPeer>
    where TPeer : class
{
    private const int V4Bits = 32, V6Bits = 128;
    private Node? _v4, _v6;

    /// <summary>Gives <paramref name="network"/> to <paramref name="peer"/>; whoever had exactly this network before loses it.</summary>
    public void Set(IPNetwork network, TPeer peer)
    {
        var address = Read(network.BaseAddress, out var v4);
        ref var root = ref v4 ? ref _v4 : ref _v6;
        Insert(ref root, address, network.PrefixLength, peer);
    }

    /// <inheritdoc cref="Set(IPNetwork, TPeer)"/>
    public void Set(InetPrefix network, TPeer peer)
    {
        Span<byte> bytes = stackalloc byte[16];
        network.Address.WriteTo(bytes);
        var isV4 = network.Address.IsV4;
        ref var root = ref isV4 ? ref _v4 : ref _v6;
        Insert(ref root, Read(bytes[..(isV4 ? sizeof(uint) : bytes.Length)]) & MaskOf(network.Length), network.Length, peer);
    }

    /// <summary>The peer of the longest network that holds <paramref name="address"/> (4 or 16 bytes, network order), or null.</summary>
    public TPeer? Find(ReadOnlySpan<byte> address)
    {
        var v4 = address.Length == sizeof(uint);
        var bits = Read(address);
        TPeer? found = null;
        for (var node = v4 ? _v4 : _v6; node is not null && node.Covers(bits);)
        {
            found = node.Peer ?? found;
            if (node.Length == V6Bits) break;
            node = BitAt(bits, node.Length) ? node.One : node.Zero;
        }
        return found;
    }

    private static void Insert(ref Node? place, UInt128 bits, int length, TPeer peer)
    {
        if (place is null)
        {
            place = new Node(bits, length) { Peer = peer };
            return;
        }
        var shared = Math.Min(Math.Min(length, place.Length), (int)UInt128.LeadingZeroCount(bits ^ place.Bits));
        if (shared < place.Length) place = Split(place, shared);
        if (shared == length) place.Peer = peer;
        else Insert(ref BitAt(bits, shared) ? ref place.One : ref place.Zero, bits, length, peer);
    }

    /// <summary>Puts a node of <paramref name="length"/> bits above <paramref name="below"/>.</summary>
    private static Node Split(Node below, int length)
    {
        var above = new Node(below.Bits & MaskOf(length), length);
        if (BitAt(below.Bits, length)) above.One = below;
        else above.Zero = below;
        return above;
    }

    private static UInt128 Read(IPAddress address, out bool v4)
    {
        Span<byte> bytes = stackalloc byte[16];
        v4 = address.AddressFamily == AddressFamily.InterNetwork;
        address.TryWriteBytes(bytes, out _);
        return Read(bytes[..(v4 ? sizeof(uint) : bytes.Length)]);
    }

    /// <summary>The address with its first bit topmost, so that both families branch alike.</summary>
    private static UInt128 Read(ReadOnlySpan<byte> address) => address.Length == sizeof(uint)
        ? (UInt128)BinaryPrimitives.ReadUInt32BigEndian(address) << (V6Bits - V4Bits)
        : BinaryPrimitives.ReadUInt128BigEndian(address);

    private static bool BitAt(UInt128 bits, int index) => ((bits >> (V6Bits - 1 - index)) & 1) != 0;

    private static UInt128 MaskOf(int length) => length == 0 ? 0 : UInt128.MaxValue << (V6Bits - length);

    private sealed class Node(UInt128 bits, int length)
    {
        public Node? Zero, One;

        public UInt128 Bits { get; } = bits;

        public int Length { get; } = length;

        public TPeer? Peer { get; set; }

        public bool Covers(UInt128 address) => ((address ^ Bits) & MaskOf(Length)) == 0;
    }
}
