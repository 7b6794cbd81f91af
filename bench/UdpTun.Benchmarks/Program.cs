using UdpTun.Benchmarks;

if (args is not ["sessions"])
{
    Console.Error.WriteLine("usage: UdpTun.Benchmarks sessions    100 thousand sessions at once: memory, opens a second, the sweep's delay");
    return 2;
}

await SessionsBenchmark.RunAsync(Console.Out);
return 0;
