using System.Net;
using System.Net.Sockets;
using UdpTun.Linux.Sockets;
using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;
using UdpTun.Net.Io;

namespace UdpTun.Linux.Tests.Sockets;

/// <summary>A row of sockets whose datagrams say which of them they are for: the kernel's programme against <see cref="DatagramSteering.HomeOf"/>.</summary>
public sealed class SteeredSocketsTests
{
    private const int Shards = 3;

    private static readonly DatagramSteering Steering = new(Shards, [new(0x04000000, 32, 4), new(0x02000000, 92, 8), new(0x03000000, 64, 4)]);

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void Kernel_should_give_each_datagram_to_the_socket_that_it_is_for(string address)
    {
        using var row = new Row(address);
        var random = new Random(7);
        for (var i = 0; i < 400; i++)
        {
            var datagram = new byte[random.Next(3) == 0 ? random.Next(1, 100) : random.Next(92, 1500)];
            random.NextBytes(datagram);
            if (datagram.Length >= 4) new byte[] { (byte)random.Next(6), 0, 0, random.Next(8) == 0 ? (byte)1 : (byte)0 }.CopyTo(datagram, 0);
            row.Expect(datagram);
        }

        // Right at the least length of each kind, and below.
        foreach (var rule in Steering.Rules)
        {
            for (var length = 1; length <= rule.LeastBytes + Shards; length++)
            {
                var datagram = new byte[Math.Max(length, rule.Offset + 1)];
                (datagram[0], datagram[rule.Offset]) = ((byte)(rule.FirstWord >> 24), (byte)length);
                row.Expect(datagram[..length]);
            }
        }
    }

    [Fact]
    public void Datagrams_that_are_nobodys_should_be_shared_out_by_their_senders()
    {
        using var row = new Row("127.0.0.1");
        var heard = Enumerable.Range(0, 64).Select(_ => row.WhoHears(Datagram(1, 0), fromAnotherPort: true)).ToList();
        Assert.Equal(Shards, heard.Distinct().Count());
    }

    [Fact]
    public void Datagrams_that_the_kernel_has_joined_should_stay_together_and_be_told_by_their_first()
    {
        using var row = new Row("127.0.0.1");
        for (byte shard = 0; shard < 6; shard++)
        {
            row.Send([.. Enumerable.Range(0, 10).SelectMany(_ => Datagram(4, shard))], segment: Datagram(4, shard).Length);
            Assert.Equal(10, row.Receive(shard % Shards));
        }
    }

    /// <summary>The kernel moves its last socket to the place of one that is closed, and puts a new one behind all others.</summary>
    [Theory]
    [InlineData(new[] { 0 }, new[] { 0 })]
    [InlineData(new[] { 0, 1 }, new[] { 1, 0 })]
    [InlineData(new[] { 1, 0 }, new[] { 1, 0 })]
    [InlineData(new[] { 2, 0 }, new[] { 0, 2 })]
    [InlineData(new[] { 0, 1, 2 }, new[] { 2, 0, 1 })]
    public void Every_shard_should_get_its_own_again_when_sockets_were_lost(int[] lost, int[] opened)
    {
        using var row = new Row("127.0.0.1");
        foreach (var number in lost)
        {
            row.Close(number);
            row.ExpectEachOpenToGetItsOwn();
        }

        foreach (var number in opened)
        {
            row.Open(number);
            row.ExpectEachOpenToGetItsOwn();
        }
    }

    /// <summary>A programme of too many instructions stands for a kernel that takes none.</summary>
    [Fact]
    public void Refused_programme_should_be_told_once_and_leave_the_senders_shared_out()
    {
        var warnings = new List<string>();
        var tooLong = new DatagramSteering(Shards, [.. Enumerable.Repeat(Steering.Rules[0], 1000)]);
        using var row = new Row("127.0.0.1", tooLong, warnings.Add);
        Assert.Equal(Shards, Enumerable.Range(0, 64).Select(_ => row.WhoHears(Datagram(4, 0), fromAnotherPort: true)).Distinct().Count());
        row.Close(1);
        row.Open(1);
        Assert.Contains("EINVAL", Assert.Single(warnings));
    }

    private static byte[] Datagram(byte kind, byte number)
    {
        var datagram = new byte[148];
        (datagram[0], datagram[kind == 2 ? 8 : 4]) = (kind, number);
        return datagram;
    }

    private sealed class Row : IDisposable
    {
        private readonly UdpSocketRow _row;
        private readonly IPEndPoint _to;
        private readonly IUdpSocket?[] _sockets;
        private readonly int _byHash;
        private Socket _sender;

        public Row(string address, DatagramSteering? steering = null, Action<string>? warn = null)
        {
            // Free a moment ago; nobody else on this machine asks for a port by number.
            InetEndpoint free;
            var any = new InetEndpoint(InetAddress.Parse(address), 0);
            using (var socket = new UdpSocketFactory(new UdpSocketOptions { Bind = any }).Open()) free = socket.LocalEndpoint;
            _to = new IPEndPoint(IPAddress.Parse(address), free.Port);
            _sender = new Socket(_to.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            _row = new UdpSocketRow(new UdpSocketOptions { Bind = free }, Shards, warn ?? (warning => Assert.DoesNotContain("steer", warning)), steering ?? Steering);
            _sockets = [.. _row.Members.Select(member => member.Open())];
            _byHash = WhoHears(Datagram(1, 0));
        }

        public void Close(int number)
        {
            _sockets[number]!.Dispose();
            _sockets[number] = null;
        }

        public void Open(int number) => _sockets[number] = _row.Members[number].Open();

        public void Expect(byte[] datagram) => Assert.Equal(Steering.HomeOf(datagram) ?? _byHash, WhoHears(datagram));

        public void ExpectEachOpenToGetItsOwn()
        {
            for (byte number = 0; number < 2 * Shards; number++)
                if (_sockets[number % Shards] is not null) Assert.Equal(number % Shards, WhoHears(Datagram(4, number)));
        }

        public int WhoHears(byte[] datagram, bool fromAnotherPort = false)
        {
            if (fromAnotherPort)
            {
                _sender.Dispose();
                _sender = new Socket(_to.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            }

            Send(datagram);
            return Array.FindIndex(_sockets, socket => socket is not null && Receive(socket) == 1);
        }

        public void Send(byte[] datagrams, int segment = 0)
        {
            const SocketOptionName udpSegment = (SocketOptionName)103;
            if (segment > 0) _sender.SetRawSocketOption(17, (int)udpSegment, BitConverter.GetBytes(segment));
            _sender.SendTo(datagrams, _to);
        }

        public int Receive(int number) => Receive(_sockets[number]!);

        public void Dispose()
        {
            _sender.Dispose();
            foreach (var socket in _sockets) socket?.Dispose();
        }

        private static int Receive(IUdpSocket socket)
        {
            Assert.True(new PacketPool(1).TryLease(out var burst));
            socket.Receive(burst);
            return burst.Count;
        }
    }
}
