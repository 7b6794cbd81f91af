using System.Net;
using System.Net.Sockets;
using UdpTun.Linux.HostSetup;
using UdpTun.Linux.Polling;
using UdpTun.Linux.Tun;
using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;
using UdpTun.Net.Io;

namespace UdpTun.Linux.Tests.Tun;

/// <summary>
/// One namespace: tun0 (10.9.0.1/24) is ours, packets for 10.9.0.x come out of it, and a socket on 10.9.0.1 hears what we write.
/// </summary>
public sealed class TunDeviceTests : IDisposable
{
    private readonly TestNamespace _namespace = new();
    private readonly TestStateDirectory _state = new();

    public void Dispose()
    {
        _namespace.Dispose();
        _state.Dispose();
    }

    [SkippableFact]
    public void Read_should_take_every_waiting_packet_and_then_block() => WithTun((device, _) =>
    {
        using var sender = new UdpClient();
        for (var index = 0; index < 5; index++) sender.Send(new byte[100 + index], "10.9.0.2", 4000);
        var burst = TestPackets.Burst();

        var result = device.Read(burst);

        Assert.Equal(new IoResult(IoStatus.WouldBlock, 5, 0), result);
        Assert.Equal([128, 129, 130, 131, 132], burst.Packets.ToArray().Select(packet => packet.Length));
        Assert.Equal(0x45, burst.Packet(4)[0]);
    });

    [SkippableFact]
    public void Read_should_stop_when_the_burst_is_full_and_go_on_with_the_next() => WithTun((device, _) =>
    {
        using var sender = new UdpClient();
        for (var index = 0; index < PacketBurst.MaxPackets + 6; index++) sender.Send(new byte[10], "10.9.0.2", 4000);
        var burst = TestPackets.Burst();

        Assert.Equal(new IoResult(IoStatus.Ok, PacketBurst.MaxPackets, 0), device.Read(burst));
        Assert.Equal(new IoResult(IoStatus.WouldBlock, 6, 0), device.Read(TestPackets.Burst()));
    });

    [SkippableFact]
    public void Read_should_refuse_packets_longer_than_the_mtu_when_it_was_raised_behind_our_back() => WithTun((device, _) =>
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
    public void Write_should_deliver_packets_in_order_and_skip_dropped_ones() => WithTun((device, _) =>
    {
        using var receiver = new UdpClient(new IPEndPoint(IPAddress.Parse("10.9.0.1"), 5000)) { Client = { ReceiveTimeout = 3000 } };
        var first = TestPackets.Batch(default, Numbered(1), Numbered(2), Numbered(3));
        var second = TestPackets.Batch(default, Numbered(4), Numbered(5));
        first.Drop(2);

        var result = device.Write([first, second], firstPacket: 1);

        Assert.Equal(new IoResult(IoStatus.Ok, 4, 0), result);
        Assert.Equal([2, 4, 5], Receive(receiver, 3));
    });

    [SkippableFact]
    public void Write_should_count_what_the_kernel_refuses_and_go_on() => WithTun((device, _) =>
    {
        using var receiver = new UdpClient(new IPEndPoint(IPAddress.Parse("10.9.0.1"), 5000)) { Client = { ReceiveTimeout = 3000 } };
        var batch = TestPackets.Batch(default, [0xFF, 0, 0, 0], Numbered(7));

        Assert.Equal(new IoResult(IoStatus.Ok, 2, 1), device.Write([batch], 0));
        Assert.Equal([7], Receive(receiver, 1));
    });

    [SkippableFact]
    public void Write_should_report_down_when_the_interface_is_down() => WithTun((device, factory) =>
    {
        TestNamespace.Ip("link", "set", "tun0", "down");

        Assert.Equal(new IoResult(IoStatus.Down, 0, 0), device.Write([TestPackets.Batch(default, Numbered(1))], 0));
        Assert.Equal(new IoResult(IoStatus.WouldBlock, 0, 0), device.Read(TestPackets.Burst()));
        Assert.False(factory.IsHealthy());
        TestNamespace.Ip("link", "set", "tun0", "up");
        Assert.True(factory.IsHealthy());
    });

    [SkippableFact]
    public void Device_should_be_lost_when_the_interface_is_deleted() => WithTun((device, factory) =>
    {
        using var poller = new EpollPoller();
        poller.Add(device, 3, PollInterest.Read);
        TestNamespace.Ip("link", "del", "tun0");
        var ready = new PollEvent[4];

        Assert.Equal(1, poller.Wait(ready, 1000));
        Assert.Equal(new PollEvent(3, Readable: true, Writable: false), ready[0]);
        Assert.Equal(IoStatus.Lost, device.Read(TestPackets.Burst()).Status);
        Assert.Equal(new IoResult(IoStatus.Lost, 0, 0), device.Write([TestPackets.Batch(default, Numbered(1))], 0));
        Assert.False(factory.IsHealthy());
        poller.Remove(device);
    });

    [SkippableFact]
    public void Read_and_write_should_allocate_nothing_in_steady_state() => WithTun((device, _) =>
    {
        using var sender = new UdpClient();
        using var receiver = new UdpClient(new IPEndPoint(IPAddress.Parse("10.9.0.1"), 5000)) { Client = { ReceiveTimeout = 3000 } };
        PacketBatch[] queue = [TestPackets.Batch(default, [.. Enumerable.Range(0, 20).Select(index => Numbered((byte)index))])];
        device.Read(TestPackets.Burst());
        device.Write(queue, 0);

        // The least of several rounds: the runtime now and then allocates on whatever thread it finds.
        var least = long.MaxValue;
        for (var round = 0; round < 5; round++)
        {
            var burst = TestPackets.Burst();
            for (var index = 0; index < 20; index++) sender.Send(new byte[10], "10.9.0.2", 4000);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var read = device.Read(burst);
            for (var time = 0; time < 10; time++) device.Write(queue, 0);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            Assert.Equal(20, read.Packets);
        }

        Assert.Equal(0, least);
    });

    private static byte[] Numbered(byte number)
    {
        var packet = TestPackets.UdpV4("10.9.0.2", "10.9.0.1", 5000);
        packet[28] = number;
        return packet;
    }

    private static List<int> Receive(UdpClient receiver, int count)
    {
        receiver.Client.ReceiveTimeout = 2000;
        IPEndPoint? from = null;
        return [.. Enumerable.Range(0, count).Select(_ => (int)receiver.Receive(ref from)[0])];
    }

    private void WithTun(Action<ITunDevice, TunDeviceFactory> test) => _namespace.Run(() =>
    {
        using var journal = HostJournal.Open(_state.Path, "tun0");
        var options = new TunDeviceOptions { Name = "tun0", Mtu = 1420, Offload = false, Addresses = [InetPrefix.Parse("10.9.0.1/24")] };
        using var factory = new TunDeviceFactory(options, journal);
        using var device = factory.Open();
        Assert.True(factory.IsHealthy());
        test(device, factory);
    });
}
