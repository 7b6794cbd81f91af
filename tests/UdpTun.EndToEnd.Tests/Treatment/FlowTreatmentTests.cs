using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests.Treatment;

/// <summary>Faults and limits of one flow, with a neighbour beside it; pings of a client; and all of it tried wrong.</summary>
[Collection(Alone.Name)]
public sealed partial class FlowTreatmentTests(ITestOutputHelper output)
{
    private const int Success = 0;
    private const int Failure = 1;
    private const int Usage = 2;
    private const int NotRunning = 7;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [SkippableFact]
    public async Task Fault_on_one_flow_should_leave_its_neighbours_loss_at_0()
    {
        await using var net = new Topology(output);
        await net.StartTunnel();
        var faulty = await StartPing(net, "icmp-1");
        var neighbour = await StartPing(net, "icmp-2");

        var answer = net.Try(net.Server, "flow", "icmp-1", "fault", "loss=50%", "seed=7");
        Assert.Equal((Success, ""), (answer.ExitCode, answer.Error));
        Assert.Matches(@"^icmp-1 \(10\.61\.0\.2:\d+ > 203\.0\.113\.10:0 as 192\.168\.61\.123:\d+\): limit off, fault loss=50% seed=7\n$", answer.Output);

        var sane = SteadyPing.NumbersOf(faulty.Output).Max();
        var (faultyEnd, neighbourEnd) = (await Finish(faulty), await Finish(neighbour));
        Assert.Equal(0, LossOf(neighbourEnd));
        Assert.InRange(LossOf(faultyEnd, from: sane), 20, 99);
        var drops = JsonDocument.Parse(net.Try(net.Server, "status", "--json").Output).RootElement.GetProperty("instances")
            .EnumerateArray().Single(instance => instance.GetProperty("role").GetString() == "server").GetProperty("drops");
        Assert.True(drops.GetProperty("FaultInjected").GetInt64() > 0);
    }

    [SkippableFact]
    public async Task Delay_should_show_in_the_round_trip_both_ways_and_end_when_it_is_told()
    {
        await using var net = new Topology(output);
        await net.StartTunnel();
        var ping = await StartPing(net, "icmp-1");
        var answer = net.Try(net.Server, "flow", "icmp-1", "fault", "delay=150ms", "seed=1", "--json");
        Assert.Equal(("delay=150ms seed=1", 1), (
            JsonDocument.Parse(answer.Output).RootElement.GetProperty("faults").GetString(),
            JsonDocument.Parse(answer.Output).RootElement.GetProperty("schema").GetInt32()));

        await Eventually.Holds("a delayed echo", Patience, () => TimesOf(ping.Output).Any(time => time >= 300));
        Assert.Equal(Success, net.Try(net.Server, "flow", "icmp-1", "fault", "off").ExitCode);
        // What was held then still comes when it is due, among those that pass at once.
        var before = TimesOf(ping.Output).Count;
        await Eventually.Holds("echoes without the delay", Patience,
            () => TimesOf(ping.Output) is var times && times.Count > before + 5 && times.TakeLast(5).All(time => time < 150));
        await ping.Stop(2);

        // So seldom that no other packet of the flow comes by and lets the delayed one go.
        ping = await StartPing(net, "icmp-2", interval: "0.5");
        Assert.Equal(Success, net.Try(net.Server, "flow", "icmp-2", "fault", "delay=20ms").ExitCode);
        await Eventually.Holds("an echo delayed by 20 ms and 20 ms", Patience, () => TimesOf(ping.Output).Any(time => time is >= 40 and < 100));
    }

    [SkippableFact]
    public async Task Limit_should_hold_a_tcp_flow_near_its_rate()
    {
        await using var net = new Topology(output);
        await net.StartTunnel();
        await net.LaunchForeign(net.Internet, "iperf3", "-s", "--forceflush").UntilPrinted("listening", Patience);
        var load = net.LaunchForeign(net.Client, "iperf3", "-c", "203.0.113.10", "-t", "15", "-J");
        // The first is iperf's own conversation, the second carries the bytes.
        await Eventually.Holds("a session", Patience, () => net.Try(net.Server, "flow", "tcp-2", "limit", "8mbit").ExitCode == Success);
        await load.UntilExited(2 * Patience);

        var rates = JsonDocument.Parse(load.Output).RootElement.GetProperty("intervals").EnumerateArray()
            .Select(interval => interval.GetProperty("sum").GetProperty("bits_per_second").GetDouble()).ToList();
        var received = JsonDocument.Parse(load.Output).RootElement.GetProperty("end").GetProperty("sum_received").GetProperty("bytes").GetDouble();
        output.WriteLine(string.Join(' ', rates.Select(rate => rate.ToString("0", CultureInfo.InvariantCulture))));
        Assert.True(received > 0);
        // What was on its way when the limit came is done by then; nothing can be faster than the limit, however slow the machine is.
        Assert.InRange(rates[^1], 0, 16e6);
    }

    [SkippableFact]
    public async Task Ping_should_tell_round_trips_of_a_client_and_of_one_that_cannot_answer()
    {
        await using var net = new Topology(output);
        await net.StartTunnel();
        net.Client.Run("ping", "-c1", "203.0.113.10");
        // The echo has nowhere to go yet: the gateway address is not routed into the tunnel.
        var silent = net.Try(net.Server, "ping", "10.61.0.2", "-c", "1", "-W", "300");
        Assert.Equal(Failure, silent.ExitCode);
        Assert.Contains("1 sent, none came back: the client's routes have to lead to the server's gateway address", silent.Output);

        net.Client.Ip("route add 192.168.61.1/32 dev clienttun");
        var people = net.Try(net.Server, "ping", "10.77.1.2", "-c", "2", "-W", "10000");
        Assert.Equal((Success, ""), (people.ExitCode, people.Error));
        Assert.Matches(@"(?m)^1: 10\.61\.0\.2 by 10\.77\.1\.2:\d+: \d+\.\d{3} ms$", people.Output);
        Assert.Matches(@"(?m)^2 sent, 2 came back; round trip least \d", people.Output);
        var programs = JsonDocument.Parse(net.Try(net.Server, "ping", "10.61.0.2", "-c", "1", "-W", "10000", "--json").Output).RootElement;
        Assert.Equal((1, 1, 1), (programs.GetProperty("schema").GetInt32(), programs.GetProperty("received").GetInt32(),
            programs.GetProperty("roundTripsMilliseconds").GetArrayLength()));
    }

    [SkippableFact]
    public async Task What_makes_no_sense_should_be_refused_with_the_remedy()
    {
        await using var net = new Topology(output);
        Refused(NotRunning, "no udptun runs here", "flow", "tcp-1", "limit", "1mbit");
        Refused(NotRunning, "no udptun runs here", "tap", "tcp-1", "-w", "/dev/null");
        Refused(NotRunning, "no udptun runs here", "ping", "10.61.0.2");
        await net.StartTunnel();
        net.Client.Run("ping", "-c1", "203.0.113.10");

        Refused(Failure, "there is no flow tcp-99", "flow", "tcp-99", "limit", "1mbit");
        Refused(Failure, "there is no flow tcp-1,", "flow", "tcp-1", "limit", "1mbit"); // 1 is icmp's
        Refused(Usage, "'ftp-1' is no flow's name", "flow", "ftp-1", "limit", "1mbit");
        Refused(Usage, "'../status' is no flow's name", "flow", "../status", "limit", "1mbit");
        Refused(Usage, "'tcp--1' is no flow's name", "flow", "tcp--1", "limit", "1mbit");
        Refused(Usage, "a limit is off or a whole number and its unit", "flow", "icmp-1", "limit", "fast");
        Refused(Usage, "'loss' takes a percentage", "flow", "icmp-1", "fault", "loss=lots");
        Refused(Usage, "'delay' takes a time", "flow", "icmp-1", "fault", "delay=1h");
        Refused(Usage, "'off' is no fault", "flow", "icmp-1", "fault", "off", "loss=1%");
        Refused(Usage, "Required argument 'FAULT' missing", "flow", "icmp-1", "fault");
        Refused(Usage, "Required command", "flow", "icmp-1");
        Refused(Failure, "there is no peer 10.9.9.9", "ping", "10.9.9.9");
        Refused(Usage, "a ping holds 8 to 1024 bytes", "ping", "10.77.1.2", "-s", "99999");
        Refused(Usage, "--count takes a number from 1 on", "ping", "10.77.1.2", "-c", "0");
        Refused(Failure, "there is no peer nobody", "tap", "nobody", "-w", "/dev/null");
        Refused(Failure, "there is no flow udp-7", "tap", "udp-7", "-w", "/dev/null");
        Refused(Usage, "--write", "tap", "icmp-1");
        Refused(Failure, "/nowhere/x.pcapng cannot be written", "tap", "icmp-1", "-w", "/nowhere/x.pcapng");
        Refused(Usage, "--seconds takes a time above 0", "tap", "icmp-1", "-w", "/dev/null", "--seconds", "-1");

        void Refused(int code, string said, params string[] verb)
        {
            var result = net.Try(net.Server, verb);
            Assert.True(result.ExitCode == code && result.Error.Contains(said) && !result.Error.Contains("   at "), result.ToString());
        }
    }

    private static async Task<TunnelProcess> StartPing(Topology net, string flow, string interval = "0.02")
    {
        var ping = net.LaunchForeign(net.Client, "ping", $"-i{interval}", "203.0.113.10");
        await Eventually.Holds($"session {flow}", Patience, () => net.Try(net.Server, "flow", flow, "limit", "off").ExitCode == Success);
        return ping;
    }

    /// <summary>Lets it go on until it has sent a good many more, and returns its summary.</summary>
    private static async Task<string> Finish(TunnelProcess ping)
    {
        var before = TimesOf(ping.Output).Count;
        await Eventually.Holds("50 more echoes", Patience, () => TimesOf(ping.Output).Count > before + 50);
        await ping.Stop(2);
        return ping.Output;
    }

    private static List<double> TimesOf(string output) =>
        [.. EchoTime().Matches(output).Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];

    /// <summary>Percent of the sequence numbers up to the last that came back that did not: the last request may still be under way.</summary>
    private static double LossOf(string output, int from = 0)
    {
        var numbers = SteadyPing.NumbersOf(output);
        return 100 - (100.0 * numbers.Count(number => number > from) / (numbers.Max() - from));
    }

    [GeneratedRegex(@"time=([\d.]+) ms")]
    private static partial Regex EchoTime();
}
