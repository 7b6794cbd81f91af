using System.Globalization;
using System.Text.Json;
using UdpTun.Comparison.Lab;
using UdpTun.EndToEnd;

namespace UdpTun.Comparison.Measures;

/// <summary>All measures of one contender, once.</summary>
/// <param name="lab">The contender's namespaces, with its tunnel up.</param>
/// <param name="tools">The folder that holds <c>pump</c>.</param>
/// <param name="seconds">How long each transfer lasts.</param>
/// <param name="leaveOut">Told of a measure that could not be taken, and why.</param>
internal sealed class Round(Laboratory lab, string tools, int seconds, Action<string, string> leaveOut)
{
    private const int Pings = 300;
    private const int Port = 5000;

    private readonly string _internet = $"{TunnelTopology.InternetHost}";

    private readonly Attempts _attempts = new(leaveOut);
    private readonly Dictionary<Measure, double> _found = [];

    /// <summary>Every measure that could be taken.</summary>
    /// <exception cref="OperationCanceledException">Told to stop.</exception>
    public async Task<IReadOnlyDictionary<Measure, double>> Run(CancellationToken stop)
    {
        var processes = lab.Processes.Select(process => process.Id).ToArray();
        await Attempt(Measure.TcpUp, () => OneConnection(processes));
        await Attempt(Measure.TcpUp4, async () => (_found[Measure.TcpUp4], _) = await Transfer(4, seconds));
        await Attempt(Measure.TcpDown4, async () => (_found[Measure.TcpDown4], _) = await Transfer(4, seconds, "-R"));
        await Attempt(Measure.SmallUdp, async () => _found[Measure.SmallUdp] = await Packets(64));
        await Attempt(Measure.LargeUdp, async () => _found[Measure.LargeUdp] = await Packets(1200));
        // What the flood left in queues has to go first.
        await Task.Delay(TimeSpan.FromMilliseconds(500), stop);
        await Attempt(Measure.RttIdle, async () => (_found[Measure.RttIdle], _found[Measure.RttIdle99]) = await RoundTrips("0.005"));
        await Attempt(Measure.RttLoaded, Loaded);
        if (processes.Length > 0) await Attempt(Measure.Memory, () => Task.FromResult(_found[Measure.Memory] = ProcessCost.PeakMemory(processes)));
        return _found;

        Task Attempt(Measure measure, Func<Task> part) => _attempts.Take(measure.Title, part, stop);
    }

    private async Task OneConnection(int[] processes)
    {
        var spent = ProcessCost.Seconds(processes);
        var (up, upBytes) = await Transfer(1, seconds);
        var (down, downBytes) = await Transfer(1, seconds, "-R");
        (_found[Measure.TcpUp], _found[Measure.TcpDown]) = (up, down);
        if (processes.Length > 0) _found[Measure.Cpu] = (ProcessCost.Seconds(processes) - spent) / ((upBytes + downBytes) / 1e9);
    }

    private async Task Loaded()
    {
        var load = Transfer(1, seconds + 2);
        await Task.Delay(TimeSpan.FromMilliseconds(700));
        (_found[Measure.RttLoaded], _found[Measure.RttLoaded99]) = await RoundTrips(Interval());
        await load;
    }

    /// <summary>Pings as long as the load lasts, and no longer.</summary>
    private string Interval() => (seconds / (double)Pings).ToString("F4", CultureInfo.InvariantCulture);

    /// <summary>What iperf3 says that the receiver got.</summary>
    private async Task<(double Gigabits, double Bytes)> Transfer(int connections, int duration, params string[] more)
    {
        // One server for each: after a lost control connection it may be busy with the lost client for minutes.
        await using var server = TunnelProcess.StartForeign(lab.Internet, "iperf3", "-s", "-1", "--forceflush");
        await server.UntilPrinted("listening", TunnelProcess.StartLimit);
        using var json = Parse(await ClientSays(duration, ["iperf3", "-c", _internet, "-t", $"{duration}", "-P", $"{connections}", "-J", .. more]));
        if (!json.RootElement.TryGetProperty("end", out var end) || !end.TryGetProperty("sum_received", out var received))
        {
            var error = json.RootElement.TryGetProperty("error", out var said) ? said.GetString() : "it says nothing of what was received";
            throw new InvalidOperationException($"iperf3: {error}");
        }

        return (received.GetProperty("bits_per_second").GetDouble() / 1e9, received.GetProperty("bytes").GetDouble());
    }

    /// <summary>Runs a program at the client that is to take so many seconds, and returns what it printed, however it ended.</summary>
    private async Task<string> ClientSays(int duration, params string[] command)
    {
        await using var process = TunnelProcess.StartForeign(lab.Client, command);
        await process.UntilExited(TimeSpan.FromSeconds(duration) + TunnelProcess.StartLimit);
        return process.Output;
    }

    private static JsonDocument Parse(string output)
    {
        try
        {
            return JsonDocument.Parse(output);
        }
        catch (JsonException)
        {
            throw new InvalidOperationException($"iperf3: no JSON: {output}");
        }
    }

    /// <summary>Thousands a second of those that arrived.</summary>
    private async Task<double> Packets(int bytes)
    {
        var pump = Path.Combine(tools, "pump");
        await using var counter = TunnelProcess.StartForeign(lab.Internet, pump, "count", $"{Port}", $"{seconds + 1}");
        await counter.UntilPrinted("ready", TunnelProcess.StartLimit);
        await ClientSays(seconds, pump, "send", $"{_internet}:{Port}", $"{bytes}", $"{seconds}");
        await counter.UntilExited(TimeSpan.FromSeconds(seconds) + TunnelProcess.StartLimit);
        // The last line may come a moment after the end.
        await Eventually.Holds("the counter has told", TunnelProcess.StopLimit, () => counter.Output.Trim().Split('\n').Length == 2);
        var told = counter.Output.Trim().Split('\n')[1].Split(' ').Select(word => double.Parse(word, CultureInfo.InvariantCulture)).ToArray();
        if (told[1] == 0) throw new InvalidOperationException($"pump counted {told[0]} packets, too few for a rate");
        return told[0] / told[1];
    }

    private async Task<(double Median, double Late)> RoundTrips(string interval)
    {
        var output = await ClientSays(seconds, "ping", "-c", $"{Pings}", "-i", interval, "-W", "2", _internet);
        var times = output.Split('\n').Select(line => line.Split("time=")).Where(parts => parts.Length == 2)
            .Select(parts => double.Parse(parts[1].Split(' ')[0], CultureInfo.InvariantCulture)).ToArray();
        if (times.Length == 0) throw new InvalidOperationException($"no ping was answered:\n{output}");
        return (Statistics.Median(times), Statistics.Quantile(times, 0.99));
    }
}
