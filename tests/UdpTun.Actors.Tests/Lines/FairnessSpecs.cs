using UdpTun.Actors.Lines;
using UdpTun.Actors.Tests.Fakes;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Testing.Io;
using UdpTun.Testing.Lines;
using UdpTun.Testing.Packets;
using UdpTun.Transport.Plain;

namespace UdpTun.Actors.Tests.Lines;

/// <summary>Whose packets a server passes first when many wait.</summary>
public sealed class FairnessSpecs : IAsyncLifetime
{
    private const int Room = 7000;
    private const int Bursts = 8;
    private const int NumberedLength = 20 + 8 + 1;

    private static readonly InetEndpoint Client = PacketBuilder.Endpoint("10.9.0.1:40000");
    private static readonly byte[] Ping = PacketBuilder.EchoRequest("10.61.0.2", "203.0.113.1", 77);

    private readonly TestNat _nat = TestNat.WithRoomFor(Room);
    private readonly InMemoryDeviceFactory<InMemoryTunDevice> _tuns = new(_ => new InMemoryTunDevice());
    private readonly InMemoryDeviceFactory<InMemoryUdpSocket> _sockets = new(_ => new InMemoryUdpSocket(default));
    private LineSystem _system = null!;

    private InMemoryTunDevice Tun => _tuns.Current!;

    public async Task InitializeAsync()
    {
        _nat.Table.Use(_nat.Table.Policy with { SweepInterval = TimeSpan.FromHours(1) }, TimeSpan.Zero);
        _system = await LineSystem.StartAsync(new ServerLine(
            _tuns, _sockets, new PlainTransport(), _nat.Table, _nat.Peers, _nat.Destinations, _nat.Hairpin, _nat.PortMapper,
            [TestNat.Gateway]));
        await ArriveAtOnce([Ping, NewFlow(0)]);
        await Eventually.TrueAsync(() => Tun.WrittenCount == 2);
    }

    public async Task DisposeAsync() => await _system.DisposeAsync();

    [Fact]
    public async Task Ping_should_pass_new_flows_when_it_came_behind_a_thousand_of_them()
    {
        await ArriveAtOnce([.. Enumerable.Range(1, 1000).Select(NewFlow), Ping]);
        await Eventually.TrueAsync(() => Tun.WrittenCount == 1003);

        // Two bursts were read before it, and after each of them a session opened.
        Assert.InRange(Places(IsPing)[1], 0, 150);
        Assert.Equal(0, _system.Line.Drops.Total);
    }

    [Fact]
    public async Task Packets_of_a_new_flow_should_keep_their_order_when_it_is_open_before_all_of_them_had_their_turn()
    {
        // One in each burst, behind more new flows than are opened in a round: when the first has opened the session, others wait already
        // behind the crowds of their bursts, and more are yet to be read.
        var packets = Enumerable.Range(0, Bursts * PacketBurst.MaxPackets)
            .Select(i => i % PacketBurst.MaxPackets == 20 ? Numbered((byte)(i / PacketBurst.MaxPackets)) : NewFlow(i)).ToArray();
        await ArriveAtOnce(packets);
        await Eventually.TrueAsync(() => Tun.WrittenCount == 2 + packets.Length);

        var numbers = Tun.Written.Where(written => written.Bytes.Length == NumberedLength).Select(written => written.Bytes[^1]);
        Assert.Equal(Enumerable.Range(0, Bursts).Select(i => (byte)i), numbers);
    }

    [Fact]
    public async Task New_flows_should_be_dropped_and_counted_when_more_wait_than_can()
    {
        await ArriveAtOnce([.. Enumerable.Range(1, 10_000).Select(NewFlow), Ping]);
        await Eventually.TrueAsync(() => Tun.WrittenCount + _system.Line.Drops.Total == 10_003);

        Assert.InRange(_system.Line.Drops[DropReason.TooManyNewFlows], 1000, 2000);
        Assert.Equal(2, Places(IsPing).Length);
        // What was written last is released only after it.
        await Eventually.TrueAsync(() => (_system.Line.Pool.Outstanding, _system.Line.Newcomers.Outstanding) == (0, 0));
    }

    [Fact]
    public async Task Buffers_should_be_given_back_when_the_tree_stops_while_new_flows_wait()
    {
        _nat.Random.Pause = TimeSpan.FromMilliseconds(1); // it takes seconds to open them all, a stop takes less
        await ArriveAtOnce([.. Enumerable.Range(1, 5000).Select(NewFlow)]);
        await Eventually.TrueAsync(() => Tun.WrittenCount > 2);
        await _system.DisposeAsync(); // fails where one is not
        Assert.NotEqual(0, _system.Line.Drops[DropReason.ActorFailed]);
    }

    [Fact]
    public async Task Ping_should_pass_a_bulk_flow_when_both_are_in_one_burst()
    {
        var bulk = PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53", new byte[1300]);
        await ArriveAtOnce([bulk, bulk, bulk, Ping]);
        await Eventually.TrueAsync(() => Tun.WrittenCount == 6);

        Assert.Equal([0, 2], Places(IsPing));
    }

    /// <summary>While the loop stands still.</summary>
    private async Task ArriveAtOnce(byte[][] packets)
    {
        using var gate = new ManualResetEventSlim();
        var standsStill = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var held = _system.OnLoopAsync(() =>
        {
            standsStill.SetResult();
            gate.Wait();
            return true;
        });
        await standsStill.Task;
        foreach (var packet in packets) _sockets.Current!.Arrive(Client, packet);
        gate.Set();
        await held;
    }

    private static byte[] NewFlow(int number) =>
        PacketBuilder.Udp(new InetEndpoint(InetAddress.Parse("10.61.0.2"), (ushort)(5000 + number)), PacketBuilder.Endpoint("203.0.113.1:53"));

    private static byte[] Numbered(byte number) => PacketBuilder.Udp("10.61.0.2:4999", "203.0.113.1:53", [number]);

    private static bool IsPing(byte[] packet) => packet[9] == (byte)IpProtocol.Icmp;

    private int[] Places(Func<byte[], bool> which) =>
        [.. Tun.Written.Select((written, index) => (written.Bytes, index)).Where(entry => which(entry.Bytes)).Select(entry => entry.index)];
}
