using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace UdpTun.EndToEnd.Tests.Harness.Shards;

/// <summary>A server of two shards, each of which serves a client.</summary>
/// <param name="Server">Its process.</param>
/// <param name="Ways">Which client's host reaches what in the internet, through which client of the server.</param>
/// <param name="StartAgain">Starts the server once more, after its end.</param>
internal sealed record TwoShards(TunnelProcess Server, IReadOnlyList<(NetworkNamespace From, IPAddress To)> Ways, Func<Task<TunnelProcess>> StartAgain)
{
    /// <summary>What makes a server one of two shards, which tells each second how they share the work.</summary>
    internal static readonly string[] Settings = ["--set", "udptun.shards=2", "--set", "udptun.log.summary-interval=1s"];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <param name="net">Where.</param>
    /// <param name="transport">plain or secure.</param>
    /// <param name="exit">How packets leave the server.</param>
    internal static Task<TwoShards> Start(Topology net, string transport, string exit) =>
        transport == "plain" ? PlainShards.Start(net, exit) : new SecureShards(net, exit).Start();

    /// <summary>How the shards share the work, once there are so many clients.</summary>
    internal static async Task<(int[] Clients, int HandedOver)> Summary(TunnelProcess server, int atLeast)
    {
        var (clients, handedOver) = (Array.Empty<int>(), 0);
        await Eventually.Holds($"the summary tells of {atLeast} clients", Patience, () =>
        {
            if (Regex.Matches(server.Log, @"shards: clients (\d+) \+ (\d+), .* handed over (\d+)").LastOrDefault() is not { } last) return false;
            var numbers = last.Groups.Values.Skip(1).Select(group => int.Parse(group.Value, CultureInfo.InvariantCulture)).ToList();
            (clients, handedOver) = ([numbers[0], numbers[1]], numbers[2]);
            return clients.Sum() >= atLeast;
        });
        return (clients, handedOver);
    }
}
