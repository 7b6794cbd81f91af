using UdpTun.Net.Buffers;
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
        var (forOne, forMany) = (PerBurst(pair, pool, 1), PerBurst(pair, pool, 64));
        Assert.Equal(forOne, forMany);
        Assert.Equal(0, pool.Outstanding);
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
