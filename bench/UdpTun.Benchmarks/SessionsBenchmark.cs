using System.Diagnostics;
using System.Runtime.InteropServices;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Testing.Packets;

namespace UdpTun.Benchmarks;

/// <summary>
/// A hundred thousand UDP sessions at once on the server's line: 20 thousand inner endpoints of 25 clients, each with 5 remotes. One flow more, there
/// from the start, has to get every packet through meanwhile.
/// </summary>
internal static class SessionsBenchmark
{
    private const int Clients = 25, InnersPerClient = 800, Remotes = 5;
    private const int Sessions = Clients * InnersPerClient * Remotes;
    private const int OpensPerProbe = 100;

    /// <summary>New flows under way; the line lets some thousands wait and drops what a flood brings beyond.</summary>
    private const int MostWaiting = 1000;
    private const int Rounds = 5;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly InetEndpoint Prober = PacketBuilder.Endpoint("10.9.1.1:40000");
    private static readonly byte[] Probe = PacketBuilder.Udp("10.61.9.9:5000", "203.0.113.99:53", new byte[64]);

    private static readonly NatPolicy Policy = new()
    {
        OuterV4 = [InetAddress.Parse("192.168.61.123")],
        Ports = new PortRange(10000, 59999),
        PortSelection = PortSelection.Random,
        Filtering = NatFiltering.Open,
        MaxSessionsPerClient = 1_000_000,
        MaxMappingsPerClient = 65535,
        SweepInterval = TimeSpan.FromMilliseconds(100),
    };

    private sealed record Result(
        double OpensPerSecond, double HeapPerSession, double ResidentPerSession, double IdleDelay, double SweepDelay, double SweepSeconds, long Drops);

    public static async Task RunAsync(TextWriter output)
    {
        output.WriteLine($"{Sessions} sessions on {Clients * InnersPerClient} mappings, in-memory ends, {Rounds} rounds");
        output.WriteLine($"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} processors");
        await RoundAsync(); // compiles
        var results = new List<Result>();
        for (var round = 0; round < Rounds; round++)
        {
            results.Add(await RoundAsync());
            output.WriteLine($"  round {round + 1}: {results[^1].OpensPerSecond:0} opens/s");
        }

        output.WriteLine();
        output.WriteLine("| what | median | least | most |");
        output.WriteLine("| --- | --- | --- | --- |");
        Row("sessions opened a second", result => result.OpensPerSecond, "0");
        Row("managed heap, bytes a session", result => result.HeapPerSession, "0");
        Row("resident memory, bytes a session", result => result.ResidentPerSession, "0");
        Row("packet of an established flow, 99th percentile with all sessions idle, microseconds", result => result.IdleDelay, "0");
        Row("the same while the sweep ends all sessions, microseconds", result => result.SweepDelay, "0");
        Row("seconds until the sweep had ended all", result => result.SweepSeconds, "0.00");
        Row("packets dropped by us", result => result.Drops, "0");

        void Row(string what, Func<Result, double> value, string format)
        {
            var values = results.Select(value).Order().ToArray();
            output.WriteLine($"| {what} | {values[Rounds / 2].ToString(format)} | {values[0].ToString(format)} | {values[^1].ToString(format)} |");
        }
    }

    private static async Task<Result> RoundAsync()
    {
        var packets = FirstPackets();
        await using var line = await BenchLine.StartAsync(Policy);
        line.Socket.Arrive(Prober, Probe);
        await UntilAsync(() => line.Tun.WrittenCount == 1);
        var (heap, resident) = ProcessMemory.Now();

        var watch = Stopwatch.StartNew();
        for (var i = 0; i < packets.Length; i++)
        {
            line.Socket.Arrive(packets[i].Client, packets[i].Packet);
            if (i % OpensPerProbe != 0) continue;
            line.Socket.Arrive(Prober, Probe);
            while (i - line.Table.SessionCount > MostWaiting) Thread.Yield();
        }

        var all = 1 + Sessions + Sessions / OpensPerProbe;
        await UntilAsync(() => line.Line.Traffic.ToTun.Packets + line.Line.Drops.Total == all); // probes of one burst leave joined
        var seconds = watch.Elapsed.TotalSeconds;
        if (line.Table.SessionCount != Sessions + 1) throw new InvalidOperationException($"{line.Table.SessionCount} sessions");
        Array.Clear(packets);
        var (heapAfter, residentAfter) = ProcessMemory.Now();

        var idleDelay = Percentile99(line, () => false, 2000);
        line.Clock.Advance(Policy.Timeouts.Udp + TimeSpan.FromSeconds(1));
        watch.Restart();
        // The probe's own session ends too and is opened again by its next packet.
        var sweepDelay = Percentile99(line, () => line.Table.SessionCount <= 1, int.MaxValue);
        return new Result(
            Sessions / seconds, (heapAfter - heap) / (double)Sessions, (residentAfter - resident) / (double)Sessions,
            idleDelay, sweepDelay, watch.Elapsed.TotalSeconds, line.Line.Drops.Total);
    }

    private static (InetEndpoint Client, byte[] Packet)[] FirstPackets() =>
        [.. from client in Enumerable.Range(0, Clients)
            from inner in Enumerable.Range(0, InnersPerClient)
            from remote in Enumerable.Range(0, Remotes)
            select (PacketBuilder.Endpoint($"10.9.0.{client + 1}:40000"), PacketBuilder.Udp($"10.61.0.2:{10000 + inner}", $"203.0.113.{remote + 1}:53"))];

    /// <summary>Microseconds from a packet's arrival to its leaving, one packet at a time until told to stop.</summary>
    private static double Percentile99(BenchLine line, Func<bool> done, int most)
    {
        var delays = new List<double>();
        while (delays.Count < most && !done())
        {
            var (before, sent) = (line.Tun.WrittenCount, Stopwatch.GetTimestamp());
            line.Socket.Arrive(Prober, Probe);
            while (line.Tun.WrittenCount == before)
            {
                if (Stopwatch.GetElapsedTime(sent) > Patience) throw new InvalidOperationException("a packet of the established flow was lost");
                Thread.SpinWait(10);
            }

            delays.Add(Stopwatch.GetElapsedTime(sent).TotalMicroseconds);
        }

        delays.Sort();
        return delays[(int)(delays.Count * 0.99)];
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition()) await Task.Delay(1);
    }
}
