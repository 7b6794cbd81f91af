using Akka.Actor;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Tests.Settings;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Testing.Packets;
using static UdpTun.Actors.Tests.Lines.RunningServer;

namespace UdpTun.Actors.Tests.Lines;

/// <summary>A server whose settings change while it runs, through its whole tree.</summary>
public sealed class ServerSettingsSpecs : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly InetEndpoint Remote = PacketBuilder.Endpoint("203.0.113.1:53");
    private static readonly InetEndpoint Stranger = PacketBuilder.Endpoint("198.51.100.1:7");

    private RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await RunningServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    // The ports are the test NAT's own, whatever reference.conf has.
    private Task<SettingsApplied> ApplyAsync(params string[] overrides) => _server.Guardian.Ask<SettingsApplied>(
        new ApplySettings(ReferenceConfig.Read(["udptun.nat { ports = \"20000-20009\", port-selection = preserve }", .. overrides])), Patience);

    private void Send(int innerPort, string remote = "203.0.113.1:53", string client = "10.9.0.1:40000") =>
        _server.Socket.Arrive(PacketBuilder.Endpoint(client), PacketBuilder.Udp($"10.61.0.2:{innerPort}", remote, "out"u8));

    private Task WrittenAsync(int count) => Eventually.TrueAsync(() => _server.Tun.WrittenCount == count);

    private Task DroppedAsync(DropReason reason, long count) => Eventually.TrueAsync(() => _server.Line.Drops[reason] == count);

    private async Task<InetEndpoint> OpenAsync(int innerPort = 5000)
    {
        var count = _server.Tun.WrittenCount;
        Send(innerPort);
        await WrittenAsync(count + 1);
        return KeyOf(_server.Tun.Written[count].Bytes).Source;
    }

    [Fact]
    public async Task Filter_should_change_for_strangers_and_no_flow_end()
    {
        var outer = await OpenAsync();
        _server.Tun.Arrive(PacketBuilder.Udp(Stranger, outer, "in"u8));
        await DroppedAsync(DropReason.Filtered, 1);
        await ApplyAsync("udptun.nat.filtering.udp = endpoint-independent");
        _server.Tun.Arrive(PacketBuilder.Udp(Stranger, outer, "in"u8));
        _server.Tun.Arrive(PacketBuilder.Udp(Remote, outer, "in"u8));
        await Eventually.TrueAsync(() => _server.Socket.WrittenCount == 2);
        Assert.Equal(outer, await OpenAsync());
        await ApplyAsync("udptun.nat.filtering.udp = address-and-port-dependent");
        _server.Tun.Arrive(PacketBuilder.Udp(PacketBuilder.Endpoint("198.51.100.2:7"), outer, "in"u8));
        await DroppedAsync(DropReason.Filtered, 2);
        _server.Tun.Arrive(PacketBuilder.Udp(Stranger, outer, "in"u8)); // a session by now
        await Eventually.TrueAsync(() => _server.Socket.WrittenCount == 3);
    }

    [Fact]
    public async Task Destinations_should_open_and_close_for_new_flows()
    {
        Send(5000, "10.1.0.1:53");
        await DroppedAsync(DropReason.ForbiddenDestination, 1);
        await ApplyAsync("udptun.server.allowed-destinations = [\"10.1.0.0/16\"]");
        Send(5000, "10.1.0.1:53");
        await WrittenAsync(1);
        await ApplyAsync();
        Send(5000, "10.1.0.1:53");
        await WrittenAsync(2);
        Send(5001, "10.1.0.1:53");
        await DroppedAsync(DropReason.ForbiddenDestination, 2);
    }

    [Fact]
    public async Task Client_that_is_not_allowed_any_more_should_not_be_heard()
    {
        await OpenAsync();
        await ApplyAsync("udptun.server.allowed-clients = [\"10.9.0.2/32\"]");
        Send(5000);
        await DroppedAsync(DropReason.ForbiddenPeer, 1);
        Send(5000, client: "10.9.0.2:40000");
        await WrittenAsync(2);
        await ApplyAsync();
        Send(5000);
        await WrittenAsync(3);
        Assert.Equal(2, _server.Nat.Peers.Count); // the same two as before
    }

    [Fact]
    public async Task Fewer_seats_should_be_for_those_to_come()
    {
        await OpenAsync();
        await ApplyAsync("udptun.server.max-clients = 1");
        Send(5000, client: "10.9.0.2:40000");
        await DroppedAsync(DropReason.TooManyPeers, 1);
        await OpenAsync();
    }

    [Fact]
    public async Task Settings_should_hold_still_when_actors_have_been_restarted()
    {
        var outer = await OpenAsync();
        await ApplyAsync(
            "udptun.nat.filtering.udp = endpoint-independent", "udptun.server.allowed-destinations = [\"10.1.0.0/16\"]", "udptun.nat.sweep-interval = 200ms");
        foreach (var part in new[] { "nat", "settings", "session-expiry" }) (await _server.PartAsync(part)).Tell(Kill.Instance);
        Send(5001, "10.1.0.1:53");
        await WrittenAsync(2);
        _server.Tun.Arrive(PacketBuilder.Udp(Stranger, outer, "in"u8));
        await Eventually.TrueAsync(() => _server.Socket.WrittenCount == 1);
        Assert.Equal(TimeSpan.FromMilliseconds(200), _server.Nat.Table.Policy.SweepInterval);
        await ApplyAsync("udptun.nat.filtering.udp = address-and-port-dependent");
    }

    [Fact]
    public async Task Static_mapping_whose_port_is_in_use_should_be_told_of()
    {
        var outer = await OpenAsync(20005);
        Assert.Equal(20005, outer.Port);
        var applied = await ApplyAsync("udptun.nat.static-mappings = [\"udp 20005 -> 10.61.0.9:53\", \"udp 20006 -> 10.61.0.9:54\"]");
        var waiting = Assert.Single(applied.Waiting);
        Assert.Equal("udp 20005 -> 10.61.0.9:53: as soon as what uses the port still has ended (flows of 10.61.0.2:20005: 1)", waiting);
    }

    [Fact]
    public async Task Every_shard_should_go_by_the_settings()
    {
        await using var sharded = await ShardedServer.StartAsync();
        await sharded.OpenAsync(0, ClientA);
        await sharded.OpenAsync(1, ClientB);
        var settings = ReferenceConfig.Read("udptun.nat { timeouts.udp = 77s, filtering.udp = address-dependent }");
        await sharded.Guardian.Ask<SettingsApplied>(new ApplySettings(settings), Patience);

        foreach (var table in new[] { sharded.Table(0), sharded.Table(1) })
        {
            Assert.Equal(TimeSpan.FromSeconds(77), Assert.Single(table.Sessions).IdleTimeout);
            Assert.Equal(Filtering.AddressDependent, table.Policy.Filtering.Udp);
            Assert.Equal(5, table.Policy.Ports.Count);
        }
    }
}
