using System.Runtime.InteropServices;
using UdpTun.Actors.Messages;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;

namespace UdpTun.Actors.Nat;

/// <summary>Sums up the rates of a question's sessions by client and outer address: what a picture of the NAT is drawn from.</summary>
internal sealed class Strands
{
    /// <summary>Told of at most: a picture of more is none.</summary>
    private const int Most = 64;

    private readonly Dictionary<(string Client, InetAddress Outer), (int Sessions, double Out, double In)> _sums = [];

    public void Add(NatSession session, string client, (double Out, double In) rate)
    {
        ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(_sums, (client, session.Mapping.Outer.Address), out _);
        sum = (sum.Sessions + 1, sum.Out + rate.Out, sum.In + rate.In);
    }

    public IReadOnlyList<StrandReport> Report() =>
    [
        .. _sums.OrderByDescending(sum => sum.Value.Out + sum.Value.In).ThenByDescending(sum => sum.Value.Sessions).Take(Most)
            .Select(sum => new StrandReport(sum.Key.Client, sum.Key.Outer, sum.Value.Sessions, sum.Value.Out, sum.Value.In)),
    ];
}
