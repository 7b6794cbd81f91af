namespace UdpTun.EndToEnd.Tests.Harness;

/// <summary>
/// What a bad path does to the datagrams of one direction: it loses some, doubles some and lets some be overtaken by the next few. A
/// seeded random source decides.
/// </summary>
internal sealed class PathFaults(int seed)
{
    private const double Loss = 0.01;
    private const double Doubling = 0.02;
    private const double Delay = 0.03;
    private const int LongestDelay = 10; // datagrams that pass meanwhile

    private readonly Random _random = new(seed);
    private readonly List<(byte[] Datagram, int PassingFirst)> _held = [];

    internal int Lost { get; private set; }

    internal int Doubled { get; private set; }

    internal int Overtaken { get; private set; }

    internal bool HoldsAny => _held.Count > 0;

    /// <summary>Takes the next datagram and appends to <paramref name="leaving"/> what goes on now, in order.</summary>
    internal void Pass(byte[] datagram, List<byte[]> leaving)
    {
        var fate = _random.NextDouble();
        if (fate < Loss)
        {
            Lost++;
        }
        else if (fate < Loss + Delay)
        {
            _held.Add((datagram, _random.Next(1, LongestDelay + 1)));
            return;
        }
        else
        {
            leaving.Add(datagram);
            if (fate >= 1 - Doubling)
            {
                leaving.Add(datagram);
                Doubled++;
            }

            LetOvertake(leaving);
        }
    }

    /// <summary>Nothing follows for now: what was held back goes on.</summary>
    internal void Flush(List<byte[]> leaving)
    {
        leaving.AddRange(_held.Select(held => held.Datagram));
        _held.Clear();
    }

    private void LetOvertake(List<byte[]> leaving)
    {
        for (var i = _held.Count - 1; i >= 0; i--)
        {
            var (datagram, passingFirst) = _held[i];
            _held[i] = (datagram, passingFirst - 1);
            if (passingFirst > 1) continue;
            leaving.Add(datagram);
            _held.RemoveAt(i);
            Overtaken++;
        }
    }
}
