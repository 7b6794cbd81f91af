using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using UdpTun.EndToEnd;

namespace UdpTun.Conformance.Lab;

/// <summary>
/// An interface of a host, read and written below its IP stack by a packet(7) socket: what passes there is seen as it is, and what is sent
/// there is as odd as the probe wants. Reads from its construction on, on a thread of its own.
/// </summary>
internal sealed class Wire : IDisposable
{
    // struct sockaddr_ll of linux/if_packet.h: family, protocol (big-endian), index, hardware type, packet type, address length, address.
    private const int AddressSize = 20;
    private const int ProtocolOffset = 2;
    private const int IndexOffset = 4;
    private const int HardwareLengthOffset = 11;
    private const int HardwareOffset = 12;
    private const ushort EveryProtocol = 0x0003; // ETH_P_ALL of linux/if_ether.h

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Socket _socket;
    private readonly int _index;
    private readonly byte[] _neighbour;
    private readonly ConcurrentQueue<SeenPacket> _seen = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Thread _reader;
    private volatile bool _stopped;

    /// <param name="host">The host whose interface it is.</param>
    /// <param name="name">The interface.</param>
    /// <param name="neighbour">The hardware address at the other end, such as <c>0a:00:00:00:00:01</c>; null for a TUN, which has
    /// none.</param>
    internal Wire(NetworkNamespace host, string name, string? neighbour = null)
    {
        _index = int.Parse(host.Run("cat", $"/sys/class/net/{name}/ifindex"), CultureInfo.InvariantCulture);
        _neighbour = neighbour is null ? [] : Convert.FromHexString(neighbour.Trim().Replace(":", "", StringComparison.Ordinal));
        _socket = host.OpenSocket(AddressFamily.Packet, SocketType.Dgram, ProtocolType.Unspecified);
        _socket.Bind(new LinkEndPoint(Address(EveryProtocol)));
        _reader = new Thread(Read) { IsBackground = true };
        _reader.Start();
    }

    /// <summary>The time on the clock of <see cref="SeenPacket.At"/>.</summary>
    internal TimeSpan Now => _clock.Elapsed;

    /// <summary>All that passed so far, in both directions.</summary>
    internal IReadOnlyList<SeenPacket> Seen => [.. _seen];

    internal void Send(ReadOnlySpan<byte> packet)
    {
        var address = Address(packet[0] >> 4 == 4 ? (ushort)0x0800 : (ushort)0x86DD);
        _socket.SendTo(packet, SocketFlags.None, address);
    }

    /// <summary>The packets that fit, once there are <paramref name="count"/> or the time is over.</summary>
    internal async Task<IReadOnlyList<SeenPacket>> Await(Func<SeenPacket, bool> fits, TimeSpan limit, int count = 1)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var found = Seen.Where(fits).ToArray();
            if (found.Length >= count || clock.Elapsed > limit) return found;
            await Task.Delay(20);
        }
    }

    /// <summary>The first packet that fits, or null when none comes in time.</summary>
    internal async Task<SeenPacket?> First(Func<SeenPacket, bool> fits, TimeSpan? limit = null) =>
        (await Await(fits, limit ?? Laboratory.Patience)).FirstOrDefault();

    // Disposing would wait for a read that nothing ends: packet sockets know no shutdown(2).
    public void Dispose()
    {
        _stopped = true;
        _reader.Join();
        _socket.Dispose();
    }

    private void Read()
    {
        var buffer = new byte[65536];
        while (!_stopped)
        {
            if (!_socket.Poll(Pause, SelectMode.SelectRead)) continue;
            var length = _socket.Receive(buffer, SocketFlags.None, out var error);
            if (error != SocketError.Success || length < SeenPacket.ShortestLength) continue;
            _seen.Enqueue(new SeenPacket(buffer[..length], _clock.Elapsed));
        }
    }

    private SocketAddress Address(ushort protocol)
    {
        var address = new SocketAddress(AddressFamily.Packet, AddressSize);
        BinaryPrimitives.WriteUInt16BigEndian(address.Buffer.Span[ProtocolOffset..], protocol);
        BinaryPrimitives.WriteInt32LittleEndian(address.Buffer.Span[IndexOffset..], _index);
        address.Buffer.Span[HardwareLengthOffset] = (byte)_neighbour.Length;
        _neighbour.CopyTo(address.Buffer.Span[HardwareOffset..]);
        return address;
    }

    private sealed class LinkEndPoint(SocketAddress address) : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize() => address;
    }
}
