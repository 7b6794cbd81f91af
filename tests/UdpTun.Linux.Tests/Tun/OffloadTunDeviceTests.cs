using System.Net;
using System.Net.Sockets;
using UdpTun.Linux.HostSetup;
using UdpTun.Linux.Tun;
using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;
using UdpTun.Net.Io;
using UdpTun.Net.Offload;
using UdpTun.Testing.Packets;

namespace UdpTun.Linux.Tests.Tun;

/// <summary>The same namespace as in <see cref="TunDeviceTests"/>, with super-packets.</summary>
public sealed class OffloadTunDeviceTests : IDisposable
{
    private const int UdpSegment = 103;

    private readonly TestNamespace _namespace = new();
    private readonly TestStateDirectory _state = new();

    public void Dispose()
    {
        _namespace.Dispose();
        _state.Dispose();
    }

    [SkippableFact]
    public void Ordinary_packets_should_pass_both_ways() => WithTun(device =>
    {
        using var socket = Receiver();
        socket.Send(new byte[100], "10.9.0.2", 4000);
        var burst = TestPackets.Burst();
        Assert.Equal(new IoResult(IoStatus.WouldBlock, 1, 0), device.Read(burst));
        var packet = burst.Packet(0).ToArray();
        if (burst.Packets[0].Offload.ChecksumPending) Checksums.Finish(packet, burst.Packets[0].Offload);
        Assert.True(PlainChecksum.IsIntact(packet));

        Assert.Equal(
            new IoResult(IoStatus.Ok, 1, 0),
            device.Write([TestPackets.Batch(default, PacketBuilder.Udp("10.9.0.2:4000", "10.9.0.1:5000", [1, 2, 3]))], 0));
        IPEndPoint? from = null;
        Assert.Equal([1, 2, 3], socket.Receive(ref from));
    });

    [SkippableFact]
    public void Read_should_take_a_super_packet_with_all_that_cutting_it_needs() => WithTun(device =>
    {
        Skip.IfNot(device.Offload.Udp, "this kernel knows no UDP super-packets (Linux 6.2)");
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.SetRawSocketOption((int)ProtocolType.Udp, UdpSegment, BitConverter.GetBytes(1000));
        var data = Enumerable.Range(0, 9500).Select(i => (byte)i).ToArray();
        socket.SendTo(data, new IPEndPoint(IPAddress.Parse("10.9.0.2"), 4000));
        var burst = TestPackets.Burst();

        Assert.Equal(new IoResult(IoStatus.WouldBlock, 1, 0), device.Read(burst));

        Assert.Equal(new PacketOffload(SegmentKind.Udp, true, 28, 1000, 20, 6), burst.Packets[0].Offload);
        Assert.Equal((10, 9500 + (10 * 28)), burst.WeightOf(0, burst.Count));
        Assert.Equal(data, burst.Packet(0)[28..].ToArray());
        Assert.Equal(Net.Counters.DropReason.None, DropReasonOf(burst.Packet(0)));
    });

    [SkippableFact]
    public void Joined_packets_should_be_delivered_as_the_datagrams_that_they_were() => WithTun(device =>
    {
        Skip.IfNot(device.Offload.Udp, "this kernel knows no UDP super-packets (Linux 6.2)");
        using var receiver = Receiver();
        var packets = Enumerable.Range(0, 10).Select(i => PacketBuilder.Udp("10.9.0.2:4000", "10.9.0.1:5000", Enumerable.Repeat((byte)i, i < 9 ? 1000 : 300).ToArray())).ToArray();
        var burst = TestPackets.Burst(packets);
        new Coalescer(joinsUdp: true).Join(burst, 0, burst.Count);
        Assert.Equal(9, burst.Packets.ToArray().Count(packet => packet.IsTail));

        Assert.Equal(new IoResult(IoStatus.Ok, 10, 0), device.Write([burst.Share(0, 10)], 0));

        foreach (var packet in packets)
        {
            IPEndPoint? from = null;
            Assert.Equal(packet[28..], receiver.Receive(ref from));
        }
    });

    [SkippableFact]
    public void Read_should_refuse_packets_longer_than_the_mtu_when_it_was_raised_behind_our_back() => WithTun(device =>
    {
        TestNamespace.Ip("link", "set", "tun0", "mtu", "3000");
        using var sender = new UdpClient();
        sender.Send(new byte[2000], "10.9.0.2", 4000);
        sender.Send(new byte[10], "10.9.0.2", 4000);
        var burst = TestPackets.Burst();

        Assert.Equal(new IoResult(IoStatus.WouldBlock, 2, 1), device.Read(burst));
        Assert.Equal(38, Assert.Single(burst.Packets.ToArray()).Length);
    });

    [SkippableFact]
    public void Write_should_refuse_an_impossible_super_packet_and_go_on() => WithTun(device =>
    {
        using var receiver = Receiver();
        var packet = PacketBuilder.Udp("10.9.0.2:4000", "10.9.0.1:5000", [7]);
        Assert.True(new PacketPool(1).TryLease(out var burst));
        foreach (var offload in new[] { new PacketOffload(SegmentKind.TcpV4, true, 40, 100, 60000, 16), default })
        {
            packet.CopyTo(burst.Bytes, burst.NextOffset);
            burst.Append(packet.Length, offload);
        }

        Assert.Equal(new IoResult(IoStatus.Ok, 2, 1), device.Write([burst.Share(0, 2)], 0));
        IPEndPoint? from = null;
        Assert.Equal([7], receiver.Receive(ref from));
    });

    [SkippableFact]
    public void Attached_tun_should_hand_over_ordinary_packets_again_when_we_are_gone() => _namespace.Run(() =>
    {
        TestNamespace.Ip("tuntap", "add", "dev", "tun0", "mode", "tun");
        using var journal = HostJournal.Open(_state.Path, "tun0");
        using (var first = Open(journal, offload: true)) Assert.NotEqual(default, first.Offload);
        using var second = Open(journal, offload: false);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.SetRawSocketOption((int)ProtocolType.Udp, UdpSegment, BitConverter.GetBytes(1000));
        socket.SendTo(new byte[3000], new IPEndPoint(IPAddress.Parse("10.9.0.2"), 4000));
        var burst = TestPackets.Burst();
        Assert.Equal(new IoResult(IoStatus.WouldBlock, 3, 0), second.Read(burst));
    });

    private static Net.Counters.DropReason DropReasonOf(ReadOnlySpan<byte> packet) => PacketParser.Parse(packet, out _);

    /// <summary>Waits for what the device was given, and not for ever.</summary>
    private static UdpClient Receiver() => new(new IPEndPoint(IPAddress.Parse("10.9.0.1"), 5000)) { Client = { ReceiveTimeout = 3000 } };

    private static ITunDevice Open(HostJournal journal, bool offload)
    {
        var options = new TunDeviceOptions { Name = "tun0", Mtu = 1420, Offload = offload, Addresses = [InetPrefix.Parse("10.9.0.1/24")] };
        using var factory = new TunDeviceFactory(options, journal);
        return factory.Open();
    }

    private void WithTun(Action<ITunDevice> test) => _namespace.Run(() =>
    {
        using var journal = HostJournal.Open(_state.Path, "tun0");
        var options = new TunDeviceOptions { Name = "tun0", Mtu = 1420, Addresses = [InetPrefix.Parse("10.9.0.1/24")] };
        using var factory = new TunDeviceFactory(options, journal);
        using var device = factory.Open();
        test(device);
    });
}
