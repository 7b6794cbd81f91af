using System.Diagnostics;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Io;
using UdpTun.Net.Peers;

namespace UdpTun.Net.Buffers;

/// <summary>
/// What a device had ready at one read: up to <see cref="MaxPackets"/> packets in one leased, pinned buffer. Its reader fills
/// it, hands out <see cref="PacketBatch"/>es of it and releases its own hold; the buffer returns to the pool when the last
/// batch is released. Packets of different batches never overlap, so each holder may rewrite its own in place.
/// </summary>
public sealed class PacketBurst
{
    /// <summary>
    /// Packets a burst holds at most: what eight datagrams bring that the kernel has joined (UDP_GRO, 64 each), and little enough not to delay a neighbour's ping.
    /// </summary>
    public const int MaxPackets = 512;

    /// <summary>Free bytes in front of every packet, for a virtio or transport header written in place.</summary>
    public const int Headroom = 32;

    /// <summary>Free bytes behind every packet, for padding and an authentication tag written in place.</summary>
    public const int Tailroom = 32;

    private readonly PacketPool _pool;
    private readonly PacketDescriptor[] _packets = new PacketDescriptor[MaxPackets];
    private readonly InetEndpoint[] _remotes = new InetEndpoint[MaxPackets];
    private readonly ushort[] _paths = new ushort[MaxPackets];
    private readonly PeerId[] _peers = new PeerId[MaxPackets];
    private int _holders;

    internal PacketBurst(PacketPool pool, int bytes)
    {
        _pool = pool;
        Bytes = GC.AllocateUninitializedArray<byte>(bytes, pinned: true);
    }

    /// <summary>The pinned buffer; a reader may keep its address for as long as it holds the burst.</summary>
    public byte[] Bytes { get; }

    /// <summary>Packets in the burst so far.</summary>
    public int Count { get; private set; }

    /// <summary>First byte behind the last packet and its tailroom.</summary>
    public int Used { get; private set; }

    /// <summary>The packets, in the order of arrival until a grouper reorders them.</summary>
    public Span<PacketDescriptor> Packets => _packets.AsSpan(0, Count);

    /// <summary>The sender of each packet (UDP end), parallel to <see cref="Packets"/>; default from a TUN.</summary>
    public Span<InetEndpoint> Remotes => _remotes.AsSpan(0, Count);

    /// <summary>By which of its ways the socket got each packet, parallel to <see cref="Packets"/>; see <see cref="IReplyPaths"/>.</summary>
    public Span<ushort> Paths => _paths.AsSpan(0, Count);

    /// <summary>
    /// Who sent each packet, parallel to <see cref="Packets"/>, as far as a transport has proved it; default where nothing does. Written by
    /// the transport that opens the burst.
    /// </summary>
    public Span<PeerId> Peers => _peers.AsSpan(0, Count);

    /// <summary>True when another packet of <paramref name="length"/> bytes with its head- and tailroom fits.</summary>
    public bool HasRoomFor(int length) => Count < MaxPackets && Used + Headroom + length + Tailroom <= Bytes.Length;

    /// <summary>Where the next packet's first byte goes.</summary>
    public int NextOffset => Used + Headroom;

    /// <summary>Appends a packet of <paramref name="length"/> bytes whose content was put at <see cref="NextOffset"/>.</summary>
    public void Append(int length, PacketOffload offload = default, InetEndpoint remote = default) =>
        AppendAt(NextOffset, length, offload, remote);

    /// <summary>
    /// Appends a packet that lies anywhere at or behind <see cref="NextOffset"/>: readers that lay out slots before they know the
    /// lengths.
    /// </summary>
    public void AppendAt(
        int offset, int length, PacketOffload offload = default, InetEndpoint remote = default, TrafficClass outerClass = default, ushort path = 0)
    {
        Debug.Assert(Count < MaxPackets && offset >= NextOffset && offset + length + Tailroom <= Bytes.Length, "the packet does not fit");
        _packets[Count] = new PacketDescriptor(offset, length, offload, outerClass);
        _remotes[Count] = remote;
        _paths[Count] = path;
        _peers[Count] = default;
        Count++;
        Used = offset + length + Tailroom;
    }

    /// <summary>Where a packet's first byte goes that is to follow the last one without room between.</summary>
    public int OffsetBehind => Count == 0 ? NextOffset : Used - Tailroom;

    /// <summary>
    /// Appends a packet whose content was put at <see cref="OffsetBehind"/>: what goes to a socket, and is not written to any more, goes there
    /// with what follows it as one piece of memory.
    /// </summary>
    public void AppendBehind(int length, TrafficClass outerClass)
    {
        var offset = OffsetBehind;
        Debug.Assert(Count < MaxPackets && offset + length + Tailroom <= Bytes.Length, "the packet does not fit");
        _packets[Count] = new PacketDescriptor(offset, length, default, outerClass);
        _remotes[Count] = default;
        _peers[Count] = default;
        Count++;
        Used = offset + length + Tailroom;
    }

    /// <summary>
    /// Appends packets that lie one behind the other at or behind <see cref="NextOffset"/>, all of one size but the last: what the kernel
    /// has joined (UDP_GRO). Between them there is no head- or tailroom.
    /// </summary>
    public void AppendRow(int offset, int length, int size, InetEndpoint remote, TrafficClass outerClass, ushort path = 0)
    {
        Debug.Assert(offset >= NextOffset && offset + length + Tailroom <= Bytes.Length, "the row does not fit");
        for (var at = 0; at < length; at += size)
        {
            Debug.Assert(Count < MaxPackets, "the row has too many packets");
            _packets[Count] = new PacketDescriptor(offset + at, Math.Min(size, length - at), default, outerClass);
            _remotes[Count] = remote;
            _paths[Count] = path;
            _peers[Count] = default;
            Count++;
        }

        Used = offset + length + Tailroom;
    }

    /// <summary>The bytes of packet <paramref name="index"/>.</summary>
    public Span<byte> Packet(int index)
    {
        ref readonly var packet = ref _packets[index];
        return Bytes.AsSpan(packet.Offset, packet.Length);
    }

    /// <summary>
    /// Some of the packets as they are on a wire (see <see cref="PacketDescriptor.Packets"/>), and their bytes there; no head without its
    /// tails.
    /// </summary>
    public (int Packets, int Bytes) WeightOf(int first, int count)
    {
        var (packets, bytes) = (0, 0);
        var some = Packets.Slice(first, count);
        for (var i = 0; i < some.Length; i++)
        {
            packets += some[i].Packets;
            bytes += some[i].WireBytes;
            if (some[i].Tails == 0) continue;
            // All of one size but the last.
            var tails = some[i].Tails;
            packets += tails;
            bytes += ((tails - 1) * some[i + 1].WireBytes) + some[i + tails].WireBytes;
            i += tails;
        }

        return (packets, bytes);
    }

    /// <summary>
    /// Takes packet <paramref name="index"/> out of the burst: its length becomes 0 and every later stage skips it. The caller counts it.
    /// </summary>
    public void Drop(int index) => _packets[index] = default;

    /// <summary>
    /// Hands out packets <paramref name="first"/> .. <paramref name="first"/>+<paramref name="count"/>-1, which keep the buffer leased
    /// until the batch is released.
    /// </summary>
    public PacketBatch Share(int first, int count, InetEndpoint remote = default, PeerId peer = default)
    {
        Debug.Assert(first >= 0 && count > 0 && first + count <= Count, "the batch lies outside the burst");
        Interlocked.Increment(ref _holders);
        return new PacketBatch(this, first, count, remote, peer);
    }

    /// <summary>
    /// Takes another hold while others have one, to append behind what is theirs. False when the buffer has gone back to its pool.
    /// </summary>
    public bool TryHold()
    {
        var holders = Volatile.Read(ref _holders);
        while (holders > 0)
        {
            var seen = Interlocked.CompareExchange(ref _holders, holders + 1, holders);
            if (seen == holders) return true;
            holders = seen;
        }

        return false;
    }

    /// <summary>Ends one hold; the last one returns the buffer to its pool.</summary>
    /// <exception cref="InvalidOperationException">Released more often than held.</exception>
    public void Release()
    {
        var left = Interlocked.Decrement(ref _holders);
        if (left < 0) throw new InvalidOperationException("a packet burst was released twice");
        if (left > 0) return;
        LeasedBy = null;
        _pool.Return(this);
    }

    /// <summary>The source file that leased the burst; null while it is free.</summary>
    internal string? LeasedBy { get; private set; }

    internal void StartLease(string by)
    {
        LeasedBy = by;
        Count = 0;
        Used = 0;
        Volatile.Write(ref _holders, 1);
    }

    internal void Replace(int index, PacketDescriptor packet) => _packets[index] = packet;
}
