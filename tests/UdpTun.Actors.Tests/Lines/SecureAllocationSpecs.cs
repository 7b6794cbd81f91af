using UdpTun.Net.Flows;
using UdpTun.Testing.Io;
using UdpTun.Testing.Lines;
using UdpTun.Testing.Packets;

namespace UdpTun.Actors.Tests.Lines;

/// <summary>
/// What a burst allocates on the loop on its way through a line of the secure transport, sealing, opening and NAT included: the same
/// whether it holds one packet or 64.
/// </summary>
public sealed class SecureAllocationSpecs
{
    /// <summary>As <see cref="LineAllocationSpecs"/> has it, and for what is sealed a batch more.</summary>
    private const long MostBytesPerBurst = 300;

    private const int Blocks = 5;
    private const int RoundsPerBlock = 10;

    private static readonly InetEndpoint Inner = PacketBuilder.Endpoint("10.61.0.2:20001");
    private static readonly InetEndpoint Remote = PacketBuilder.Endpoint("203.0.113.1:443");

    [Fact]
    public async Task Client_should_seal_64_packets_for_the_allocation_of_one()
    {
        await using var pair = await ConnectAsync();
        pair.ClientSocket.Recording = false;
        await CompareAsync(pair.Client, count => PassAsync(pair.ClientSocket, () => pair.ClientTun.ArriveTogether(Packets(Inner, Remote, count)), count));
    }

    [Fact]
    public async Task Server_should_open_and_translate_64_packets_for_the_allocation_of_one()
    {
        await using var pair = await ConnectAsync();
        pair.IsCut = true;
        pair.ServerTun.Recording = false;
        await CompareAsync(pair.Server, async count =>
        {
            var sent = pair.ClientSocket.WrittenCount;
            await PassAsync(pair.ClientSocket, () => pair.ClientTun.ArriveTogether(Packets(Inner, Remote, count)), count);
            var datagrams = pair.ClientSocket.Sent.Skip(sent).Select(datagram => datagram.Bytes).ToList();
            await PassAsync(pair.ServerTun, () => pair.ServerSocket.ArriveTogether(pair.ClientAddress, datagrams), count);
        });
    }

    [Fact]
    public async Task Server_should_translate_and_seal_64_answers_for_the_allocation_of_one()
    {
        await using var pair = await ConnectAsync();
        var outer = RunningServer.KeyOf(pair.ServerTun.Written[0].Bytes).Source;
        pair.ServerSocket.Recording = false;
        await CompareAsync(pair.Server, count => PassAsync(pair.ServerSocket, () => pair.ServerTun.ArriveTogether(Packets(Remote, outer, count)), count));
    }

    /// <summary>On either loop: of the shard whose socket got the datagrams, and of the one that has their keys.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Shards_should_hand_over_and_open_64_datagrams_for_the_allocation_of_one(int shard)
    {
        await using var server = await SecureShards.StartAsync();
        var client = server.Clients[1];
        await server.AskAsync(client);
        client.IsCut = true;
        server.Tuns[1].Recording = false;
        await CompareAsync(server.System, async count =>
        {
            var sent = client.Socket.WrittenCount;
            await PassAsync(client.Socket, () => client.Tun.ArriveTogether(Packets(client.InnerEndpoint, Remote, count)), count);
            var datagrams = client.Socket.Sent.Skip(sent).Select(datagram => datagram.Bytes).ToList();
            await PassAsync(server.Tuns[1], () => server.Sockets[0].ArriveTogether(client.Address, datagrams), count);
        }, shard);
        Assert.Equal(0, server.Line(0).Drops.Total);
        Assert.True(server.HandedOver > 64 * RoundsPerBlock * Blocks);
    }

    private static async Task<SecurePair> ConnectAsync()
    {
        var pair = await SecurePair.StartAsync();
        pair.ClientTun.ArriveTogether(Packets(Inner, Remote, 1));
        await Eventually.TrueAsync(() => pair.ServerTun.WrittenCount == 1);
        return pair;
    }

    private static async Task CompareAsync(LineSystem system, Func<int, Task> pass, int shard = 0)
    {
        await PerBurstAsync(system, pass, 64, shard); // grows queues, compiles
        await PerBurstAsync(system, pass, 1, shard);
        var (forOne, forMany) = (0L, 1L);
        // What is compiled between the two may allocate less from then on.
        for (var tries = 0; forOne != forMany && tries < 10; tries++)
            (forOne, forMany) = (await PerBurstAsync(system, pass, 1, shard), await PerBurstAsync(system, pass, 64, shard));

        Assert.Equal(forOne, forMany);
        Assert.InRange(forOne, 1, MostBytesPerBurst);
    }

    /// <summary>The least of several blocks: what the runtime, or a timer of the protocol, allocates now and then is not the burst's.</summary>
    private static async Task<long> PerBurstAsync(LineSystem system, Func<int, Task> pass, int count, int shard)
    {
        var least = long.MaxValue;
        for (var block = 0; block < Blocks; block++)
        {
            var before = await system.OnLoopAsync(GC.GetAllocatedBytesForCurrentThread, shard);
            for (var round = 0; round < RoundsPerBlock; round++) await pass(count);
            var after = await system.OnLoopAsync(GC.GetAllocatedBytesForCurrentThread, shard);
            least = Math.Min(least, (after - before) / RoundsPerBlock);
        }

        return least;
    }

    private static async Task PassAsync(InMemoryDevice end, Action arrive, int count)
    {
        var written = end.WrittenCount + count;
        arrive();
        await Eventually.TrueAsync(() => end.WrittenCount >= written);
    }

    private static byte[][] Packets(InetEndpoint from, InetEndpoint to, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => PacketBuilder.Udp(from, to, new byte[100]))];
}
