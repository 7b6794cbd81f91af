namespace UdpTun.EndToEnd.Tests.Harness.Shards;

/// <summary>
/// Two shards over the plain transport. Which one serves a client is up to the kernel and to the client's port, so the second client is started
/// anew until the kernel has put it elsewhere than the first.
/// </summary>
internal static class PlainShards
{
    private const int MostTries = 20;

    private static readonly string[] s_routes = ["--route", "203.0.113.0/24", "--route", "2001:db8::/64"];

    internal static async Task<TwoShards> Start(Topology net, string exit, params string[] arguments)
    {
        // Who forwards asks its neighbours from its link-local address, which every real link has.
        net.Server.Ip("addr add fe80::1/64 dev wan0 nodad");
        string[] outer = exit == "routed" ? ["--set", "udptun.server.routed-addresses=203.0.113.20,203.0.113.21,2001:db8::20,2001:db8::21"] : [];
        var server = await StartServer();
        await net.StartClient(1, s_routes);
        net.Clients[0].Ping(1, "203.0.113.10");
        for (var tries = 0; tries < MostTries; tries++)
        {
            var second = await net.StartClient(2, s_routes);
            net.Clients[1].Ping(1, "203.0.113.10");
            var (clients, _) = await TwoShards.Summary(server, atLeast: tries + 2);
            if (clients.All(count => count > 0)) return new TwoShards(server, [.. net.Clients.Select(client => (client, TunnelTopology.InternetHost))], StartServer);
            await second.Stop();
        }

        throw new TimeoutException($"{MostTries} clients were all put on one shard");

        Task<TunnelProcess> StartServer() => net.StartServer(exit, [.. TwoShards.Settings, .. outer, .. arguments]);
    }
}
