using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using UdpTun.Host.Cli;
using UdpTun.Host.Control;
using UdpTun.Host.Control.Client;
using UdpTun.Host.Control.Treatment;
using UdpTun.Host.Verbs.Instances;

namespace UdpTun.Host.Verbs.Treatment;

/// <summary><c>udptun ping PEER</c>: a running server pings a client's address inside the tunnel, through the tunnel.</summary>
internal sealed class PingVerb(InstanceOptions options) : IVerb
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Argument<string> _peer = new("PEER")
    {
        Description = "The peer, by its name, its address outside the tunnel, with or without the port, or the one inside that it last sent from",
    };

    private readonly Option<int> _count = new("--count", "-c") { HelpName = "N", Description = "How often (4)", DefaultValueFactory = _ => 4 };

    private readonly Option<int> _bytes = new("--size", "-s") { HelpName = "BYTES", Description = "Bytes of data (56)", DefaultValueFactory = _ => 56 };

    private readonly Option<int> _timeout = new("--timeout", "-W")
    {
        HelpName = "MS",
        Description = "Milliseconds to wait for each echo (1000)",
        DefaultValueFactory = _ => 1000,
    };

    public Command Describe(Terminal terminal)
    {
        var command = new Command("ping", "Let a running server ping a client through the tunnel") { _peer, _count, _bytes, _timeout };
        options.AddTo(command);
        return command.OnRun((parsed, stop) => Run(parsed, terminal, stop));
    }

    private async Task<ExitCode> Run(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        var (peer, count) = (parsed.GetValue(_peer)!, parsed.GetValue(_count));
        if (count < 1) throw new UsageException($"--count takes a number from 1 on, not {count}");
        using var client = await options.Find(parsed, terminal, stop);
        var request = new PingRequest(peer, parsed.GetValue(_bytes), parsed.GetValue(_timeout));
        var times = new List<double>();
        var sent = 0;
        while (sent < count && !stop.IsCancellationRequested)
        {
            var begun = Stopwatch.GetTimestamp();
            var answer = await Once(client, request, stop);
            sent++;
            if (answer.RoundTripMilliseconds is { } time) times.Add(time);
            if (!options.Json(parsed)) terminal.Output.WriteLine(LineOf(answer, sent));
            if (sent < count) await Pause(Interval - Stopwatch.GetElapsedTime(begun), stop);
        }

        Tell(parsed, terminal, new PingsAnswer(peer, sent, times.Count, times));
        return times.Count > 0 ? ExitCode.Success : ExitCode.Failure;
    }

    private static Task<PingAnswer> Once(ControlClient client, PingRequest request, CancellationToken stop) => client.Send(
        HttpMethod.Post, "/ping", ControlJson.Default.PingAnswer, stop, JsonSerializer.Serialize(request, ControlJson.Default.PingRequest));

    private static async Task Pause(TimeSpan pause, CancellationToken stop)
    {
        // Told to stop, ping tells what it has, as ping(8) does.
        if (pause > TimeSpan.Zero) await Task.Delay(pause, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static string LineOf(PingAnswer answer, int number) => answer.RoundTripMilliseconds is { } time
        ? string.Create(CultureInfo.InvariantCulture, $"{number}: {answer.Inner} by {answer.Peer}: {time:0.000} ms")
        : $"{number}: no echo in time";

    private void Tell(ParseResult parsed, Terminal terminal, PingsAnswer all)
    {
        if (options.Json(parsed))
        {
            terminal.Output.WriteLine(JsonSerializer.Serialize(all, ControlJson.Default.PingsAnswer));
            return;
        }

        var times = all.RoundTripsMilliseconds;
        terminal.Output.WriteLine(times.Count == 0
            ? $"{all.Sent} sent, none came back: the client's routes have to lead to the server's gateway address (client --route ADDRESS/32), "
                + "and its firewall has to let pings in from the tunnel"
            : string.Create(CultureInfo.InvariantCulture,
                $"{all.Sent} sent, {all.Received} came back; round trip least {times.Min():0.000}, mean {times.Average():0.000}, most {times.Max():0.000} ms"));
    }
}
