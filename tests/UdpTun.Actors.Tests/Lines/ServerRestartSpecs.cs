using UdpTun.Actors.Lines;
using UdpTun.Actors.Tests.Fakes;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Net.Nat.Saving;
using UdpTun.Testing.Io;
using UdpTun.Testing.Lines;
using UdpTun.Testing.Packets;
using UdpTun.Transport.Plain;

namespace UdpTun.Actors.Tests.Lines;

/// <summary>A server's tree that ends, and one after it that is given its sessions.</summary>
public sealed class ServerRestartSpecs
{
    private static readonly InetEndpoint Client = PacketBuilder.Endpoint("10.9.0.1:40000");
    private static readonly InetEndpoint Remote = PacketBuilder.Endpoint("203.0.113.1:80");

    private readonly InMemoryDeviceFactory<InMemoryTunDevice> _tuns = new(_ => new InMemoryTunDevice());
    private readonly InMemoryDeviceFactory<InMemoryUdpSocket> _sockets = new(_ => new InMemoryUdpSocket(default));

    private InMemoryTunDevice Tun => _tuns.Current!;

    private InMemoryUdpSocket Socket => _sockets.Current!;

    private static TimeSpan Now => TimeProvider.System.GetElapsedTime(0);

    private Task<LineSystem> StartAsync(TestNat nat) => LineSystem.StartAsync(new ServerLine(
        _tuns, _sockets, new PlainTransport(), nat.Table, nat.Peers, nat.Destinations, nat.Hairpin, nat.PortMapper, [TestNat.Gateway]));

    [Fact]
    public async Task Connection_should_go_on_both_ways_after_a_restart_of_the_server()
    {
        var (before, after) = (new TestNat(), new TestNat());
        InetEndpoint outer;
        await using (await StartAsync(before))
        {
            Socket.Arrive(Client, FromClient(TcpFlags.Syn));
            await Eventually.TrueAsync(() => Tun.WrittenCount == 1);
            outer = SourceOf(Tun.Written[0].Bytes);
        }

        Assert.Equal(1, NatSnapshot.Take(before.Table, before.Peers, Now).Restore(after.Table, after.Peers, after.Destinations, TimeSpan.Zero, Now));
        await using (await StartAsync(after))
        {
            Tun.Arrive(PacketBuilder.Tcp(Remote, outer, TcpFlags.Syn | TcpFlags.Ack, default));
            await Eventually.TrueAsync(() => Socket.WrittenCount == 1);
            Assert.Equal(Client, Socket.Sent[0].Remote);
            Socket.Arrive(Client, FromClient(TcpFlags.Ack));
            await Eventually.TrueAsync(() => Tun.WrittenCount == 1);
            Assert.Equal(outer, SourceOf(Tun.Written[0].Bytes));
            Assert.Equal(1, after.Table.SessionCount);
        }
    }

    [Fact]
    public async Task Connection_should_end_with_the_server_when_nothing_was_saved()
    {
        InetEndpoint outer;
        await using (await StartAsync(new TestNat()))
        {
            Socket.Arrive(Client, FromClient(TcpFlags.Syn));
            await Eventually.TrueAsync(() => Tun.WrittenCount == 1);
            outer = SourceOf(Tun.Written[0].Bytes);
        }

        await using var system = await StartAsync(new TestNat());
        Tun.Arrive(PacketBuilder.Tcp(Remote, outer, TcpFlags.Syn | TcpFlags.Ack, default));
        await Eventually.TrueAsync(() => system.Line.Drops[DropReason.NoSession] == 1);
    }

    private static byte[] FromClient(TcpFlags flags) => PacketBuilder.Tcp(PacketBuilder.Endpoint("10.61.0.2:5000"), Remote, flags, default);

    private static InetEndpoint SourceOf(byte[] packet)
    {
        Assert.Equal(DropReason.None, PacketParser.Parse(packet, out var key));
        return key.Source;
    }
}
