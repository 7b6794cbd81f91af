using Akka.Actor;
using UdpTun.Actors.Lines;
using UdpTun.Actors.Tests.Fakes;
using UdpTun.Actors.Tunnel;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Testing.Io;
using UdpTun.Testing.Lines;
using UdpTun.Testing.Packets;
using UdpTun.Transport.Plain;

namespace UdpTun.Actors.Tests.Lines;

/// <summary>The server's whole tree on its event loop: packets in at one end and out at the other.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    public static readonly InetEndpoint ClientA = PacketBuilder.Endpoint("10.9.0.1:40000");
    public static readonly InetEndpoint ClientB = PacketBuilder.Endpoint("10.9.0.2:40000");

    private LineSystem _system = null!;

    private RunningServer(TestNat nat) => Nat = nat;

    public TestNat Nat { get; }

    public InMemoryDeviceFactory<InMemoryTunDevice> Tuns { get; } = new(_ => new InMemoryTunDevice());

    public InMemoryDeviceFactory<InMemoryUdpSocket> Sockets { get; } = new(_ => new InMemoryUdpSocket(default));

    public InMemoryTunDevice Tun => Tuns.Current!;

    public InMemoryUdpSocket Socket => Sockets.Current!;

    public LineContext Line => _system.Line;

    public IActorRef Guardian => _system.Guardian;

    public static async Task<RunningServer> StartAsync(TestNat? nat = null)
    {
        var server = new RunningServer(nat ?? new TestNat());
        nat = server.Nat;
        server._system = await LineSystem.StartAsync(new ServerLine(
            server.Tuns, server.Sockets, new PlainTransport(), nat.Table, nat.Peers, nat.Destinations, nat.Hairpin, nat.PortMapper,
            [TestNat.Gateway]));
        return server;
    }

    public Task<IActorRef> PartAsync(string name) => _system.PartAsync(name);

    public Task KillAsync(string name) => _system.KillAsync(name);

    /// <summary>Runs <paramref name="read"/> on the loop's thread, after all that is queued there.</summary>
    public Task<T> OnLoopAsync<T>(Func<T> read) => _system.OnLoopAsync(read);

    public ValueTask DisposeAsync() => _system.DisposeAsync();

    public static FlowKey KeyOf(byte[] packet)
    {
        Assert.Equal(DropReason.None, PacketParser.Parse(packet, out var key));
        return key;
    }
}
