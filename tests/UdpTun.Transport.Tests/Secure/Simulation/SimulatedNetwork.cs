using UdpTun.Net.Flows;

namespace UdpTun.Transport.Tests.Secure.Simulation;

/// <summary>
/// Carries datagrams between simulated ends in virtual time: loses, repeats, delays (and so reorders) and damages them as its seed says, until
/// it is healed; then it only delays a little.
/// </summary>
internal sealed class SimulatedNetwork(SharedTime time, Random chance)
{
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(1), Longest = TimeSpan.FromSeconds(2);

    private readonly PriorityQueue<(InetEndpoint From, InetEndpoint To, byte[] Datagram), (TimeSpan At, long Order)> _underWay = new();
    private readonly List<(InetEndpoint To, byte[] Datagram)> _seen = [];
    private long _order;

    public bool IsHealed { get; set; }

    public Dictionary<InetEndpoint, SimulatedEnd> Ends { get; } = [];

    public void Send(SimulatedEnd from, byte[] datagram, InetEndpoint to)
    {
        if (IsHealed)
        {
            Put(from.Address, to, datagram, Least);
            return;
        }

        if (_seen.Count < 1000) _seen.Add((to, datagram));
        else _seen[chance.Next(_seen.Count)] = (to, datagram);
        if (chance.Next(100) < 25) return;
        for (var copies = chance.Next(100) < 10 ? 2 : 1; copies > 0; copies--)
        {
            var sent = datagram.ToArray();
            if (chance.Next(100) < 5) sent[chance.Next(sent.Length)] ^= (byte)(1 << chance.Next(8));
            if (chance.Next(100) < 2) sent = sent[..chance.Next(1, sent.Length)];
            Put(from.Address, to, sent, Least + ((Longest - Least) * Math.Pow(chance.NextDouble(), 4)));
        }
    }

    /// <summary>Somebody on the path sends again what he has recorded, from an address of his own or a forged one.</summary>
    public void Replay(InetEndpoint from)
    {
        if (_seen.Count == 0) return;
        var (to, datagram) = _seen[chance.Next(_seen.Count)];
        Put(from, to, datagram, Least);
    }

    /// <summary>Delivers what is due.</summary>
    public void Deliver()
    {
        while (_underWay.TryPeek(out var next, out var due) && due.At <= time.Now)
        {
            _underWay.Dequeue();
            if (Ends.TryGetValue(next.To, out var end)) end.Receive(next.Datagram, next.From);
        }
    }

    private void Put(InetEndpoint from, InetEndpoint to, byte[] datagram, TimeSpan delay) =>
        _underWay.Enqueue((from, to, datagram), (time.Now + delay, _order++));
}
