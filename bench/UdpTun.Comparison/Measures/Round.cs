using System.Globalization;
using System.Text.Json;
using UdpTun.Comparison.Lab;
using UdpTun.EndToEnd;

namespace UdpTun.Comparison.Measures;

/// <summary>All measures of one contender, once.</summary>
/// <param name="lab">The contender's namespaces, with its tunnel up.</param>
/// <param name="tools">The folder that holds <c>pump</c>.</param>
/// <param name="seconds">How long each transfer lasts.</param>
internal sealed class Round(Laboratory lab, string tools, int seconds)
{
    private const int Pings = 300;
    private const int Port = 5000;

    private readonly string _internet = $"{TunnelTopology.InternetHost}";

    public async Task<IReadOnlyDictionary<Measure, double>> Run(CancellationToken stop)
    {
        var found = new Dictionary<Measure, double>();
        var processes = lab.Processes.Select(process => process.Id).ToArray();
        var spent = ProcessCost.Seconds(processes);
        var (up, upBytes) = await Transfer(1);
        var (down, downBytes) = await Transfer(1, "-R");
        (found[Measure.TcpUp], found[Measure.TcpDown]) = (up, down);
        if (processes.Length > 0) found[Measure.Cpu] = (ProcessCost.Seconds(processes) - spent) / ((upBytes + downBytes) / 1e9);
        stop.ThrowIfCancellationRequested();
        (found[Measure.TcpUp4], _) = await Transfer(4);
        (found[Measure.TcpDown4], _) = await Transfer(4, "-R");
        stop.ThrowIfCancellationRequested();
        found[Measure.SmallUdp] = await Packets(64);
        found[Measure.LargeUdp] = await Packets(1200);
        stop.ThrowIfCancellationRequested();
        // What the flood left in queues has to go first.
        await Task.Delay(TimeSpan.FromMilliseconds(500), stop);
        (found[Measure.RttIdle], found[Measure.RttIdle99]) = RoundTrips("0.005");
        var load = Transfer(1, seconds + 2);
        await Task.Delay(TimeSpan.FromMilliseconds(700), stop);
        (found[Measure.RttLoaded], found[Measure.RttLoaded99]) = RoundTrips(Interval());
        await load;
        if (processes.Length > 0) found[Measure.Memory] = ProcessCost.PeakMemory(processes);
        return found;
    }

    /// <summary>Pings as long as the load lasts, and no longer.</summary>
    private string Interval() => (seconds / (double)Pings).ToString("F4", CultureInfo.InvariantCulture);

    private Task<(double Gigabits, double Bytes)> Transfer(int connections, params string[] more) => Transfer(connections, seconds, more);

    /// <summary>What iperf3 says that the receiver got.</summary>
    private Task<(double Gigabits, double Bytes)> Transfer(int connections, int duration, params string[] more) => Task.Run(() =>
    {
        var output = lab.Client.Run(["iperf3", "-c", _internet, "-t", $"{duration}", "-P", $"{connections}", "-J", .. more]);
        using var json = JsonDocument.Parse(output);
        var received = json.RootElement.GetProperty("end").GetProperty("sum_received");
        return (received.GetProperty("bits_per_second").GetDouble() / 1e9, received.GetProperty("bytes").GetDouble());
    });

    /// <summary>Thousands a second of those that arrived.</summary>
    private async Task<double> Packets(int bytes)
    {
        var pump = Path.Combine(tools, "pump");
        await using var counter = TunnelProcess.StartForeign(lab.Internet, pump, "count", $"{Port}", $"{seconds + 1}");
        await counter.UntilPrinted("ready", TunnelProcess.StartLimit);
        lab.Client.Run(pump, "send", $"{_internet}:{Port}", $"{bytes}", $"{seconds}");
        await counter.UntilExited(TunnelProcess.StartLimit);
        // The last line may come a moment after the end.
        await Eventually.Holds("the counter has told", TunnelProcess.StopLimit, () => counter.Output.Trim().Split('\n').Length == 2);
        var told = counter.Output.Trim().Split('\n')[1].Split(' ').Select(word => double.Parse(word, CultureInfo.InvariantCulture)).ToArray();
        return told[1] == 0 ? 0 : told[0] / told[1];
    }

    private (double Median, double Late) RoundTrips(string interval)
    {
        var output = lab.Client.Try("ping", "-c", $"{Pings}", "-i", interval, "-W", "2", _internet).Output;
        var times = output.Split('\n').Select(line => line.Split("time=")).Where(parts => parts.Length == 2)
            .Select(parts => double.Parse(parts[1].Split(' ')[0], CultureInfo.InvariantCulture)).ToArray();
        if (times.Length == 0) throw new InvalidOperationException($"no ping was answered:\n{output}");
        return (Statistics.Median(times), Statistics.Quantile(times, 0.99));
    }
}
