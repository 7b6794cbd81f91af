using UdpTun.Benchmarks;

switch (args)
{
    case ["sessions"]:
        await SessionsBenchmark.RunAsync(Console.Out);
        return 0;
    case ["peers"]:
        await PeersBenchmark.RunAsync(Console.Out);
        return 0;
    default:
        Console.Error.WriteLine("""
            usage: UdpTun.Benchmarks sessions    100 thousand sessions at once: memory, opens a second, the sweep's delay
                   UdpTun.Benchmarks peers       10 thousand peers of the secure transport: memory, handshakes a second, strangers
            """);
        return 2;
}
