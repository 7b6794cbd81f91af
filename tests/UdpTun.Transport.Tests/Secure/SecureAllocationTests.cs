using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Transport.Tests.Secure.Simulation;

namespace UdpTun.Transport.Tests.Secure;

/// <summary>What a burst allocates on its way through the secure transport: the same whether it holds one packet or 64.</summary>
public sealed class SecureAllocationTests
{
    private const int Rounds = 50;

    [Fact]
    public void Burst_of_64_packets_should_allocate_what_a_burst_of_one_does()
    {
        using var pair = new Pair();
        pair.ClientSends(Pair.Question);
        var pool = new PacketPool(4);
        PerBurst(pair, pool, 64); // grows queues, compiles
        var (forOne, forMany) = (0L, 1L);
        // What is compiled between the two may allocate less from then on.
        for (var tries = 0; forOne != forMany && tries < 10; tries++) (forOne, forMany) = (PerBurst(pair, pool, 1), PerBurst(pair, pool, 64));
        Assert.Equal(forOne, forMany);
        Assert.Equal(0, pool.Outstanding);
    }

    [Theory]
    [InlineData(1)] // as an initiation, which gets as far as its first mac
    [InlineData(4)] // as data of no session
    [InlineData(200)]
    public void Strangers_datagrams_should_allocate_nothing(byte type)
    {
        using var pair = new Pair();
        pair.ClientSends(Pair.Question);
        var (pool, junk, least) = (new PacketPool(1), new byte[148], long.MaxValue);
        new Random(1).NextBytes(junk);
        (junk[0], junk[1], junk[2], junk[3]) = (type, 0, 0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            Assert.True(pool.TryLease(out var burst));
            for (var i = 0; i < 64; i++)
            {
                junk.CopyTo(burst.Bytes, burst.NextOffset);
                burst.Append(junk.Length, remote: Pair.ClientAddress);
            }

            var (turn, before) = (pair.Server.Turn, GC.GetAllocatedBytesForCurrentThread());
            pair.Server.Transport.Open(burst, turn);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            burst.Release();
        }

        Assert.Equal(0, least);
        Assert.Equal(64 * Rounds, pair.Server.Drops[DropReason.NotAuthentic]);
    }

    /// <summary>Seals packets at the client and opens them at the server; the least of several rounds is the line's own.</summary>
    private static long PerBurst(Pair pair, PacketPool pool, int packets)
    {
        var least = long.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            Assert.True(pool.TryLease(out var from));
            Assert.True(pool.TryLease(out var arrived));
            var (clientTurn, serverTurn) = (pair.Client.Turn, pair.Server.Turn);
            for (var i = 0; i < packets; i++)
            {
                Pair.Question.CopyTo(from.Bytes, from.NextOffset);
                from.Append(Pair.Question.Length);
            }

            var before = GC.GetAllocatedBytesForCurrentThread();
            var batch = from.Share(0, packets, peer: pair.Client.Transport.Route(Pair.Question));
            from.Release();
            pair.Client.Transport.Seal(batch, clientTurn);
            while (pair.Client.Transport.TryTakeReady(out var datagrams))
            {
                for (var i = 0; i < datagrams.Count; i++)
                {
                    datagrams.Packet(i).CopyTo(arrived.Bytes.AsSpan(arrived.NextOffset));
                    arrived.Append(datagrams[i].Length, remote: Pair.ClientAddress);
                }

                datagrams.Release();
            }

            pair.Client.Transport.EndRound();
            pair.Server.Transport.Open(arrived, serverTurn);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            for (var i = 0; i < packets; i++) Assert.True(arrived.Packet(i).SequenceEqual(Pair.Question));
            arrived.Release();
        }

        return least;
    }
}
