using System.CommandLine;
using System.Text.Json;
using UdpTun.Host.Cli;
using UdpTun.Host.Control;
using UdpTun.Host.Control.Client;
using UdpTun.Host.Control.Treatment;
using UdpTun.Host.Verbs.Instances;
using UdpTun.Host.Verbs.Printing;

namespace UdpTun.Host.Verbs.Treatment;

/// <summary><c>udptun tap FLOW|PEER -w FILE.pcapng</c>: both views of a flow's or a peer's packets, until it is told to stop.</summary>
internal sealed class TapVerb(InstanceOptions options) : IVerb
{
    private readonly Argument<string> _target = new("FLOW|PEER")
    {
        Description = "A flow's name, such as tcp-42; or a peer, as for ping: all its flows, present and future",
    };

    private readonly Option<string> _file = new("--write", "-w")
    {
        HelpName = "FILE",
        Description = "The pcapng file to write, which is written over; - for standard output, as in -w - | wireshark -k -i -",
        Required = true,
    };

    private readonly Option<double?> _seconds = new("--seconds") { HelpName = "N", Description = "Stop after so long; else at Ctrl-C" };

    public Command Describe(Terminal terminal)
    {
        var command = new Command("tap", "Write a flow's packets, inside and outside of the NAT, into a file for Wireshark") { _target, _file, _seconds };
        options.AddTo(command);
        return command.OnRun((parsed, stop) => Run(parsed, terminal, stop));
    }

    private async Task<ExitCode> Run(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        using var until = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var seconds = parsed.GetValue(_seconds);
        if (seconds is not (null or (> 0 and < 1e6))) throw new UsageException($"--seconds takes a time above 0, not {seconds}");
        using var client = await options.Find(parsed, terminal, stop);
        var tap = await Begin(client, parsed.GetValue(_target)!, stop);
        await using var file = await Create(client, tap, parsed.GetValue(_file)!);
        terminal.Error.WriteLine($"udptun: tapping {tap.Name} ({tap.Flows} flow{(tap.Flows == 1 ? "" : "s")} so far) into {file.Name}; Ctrl-C ends it");
        if (seconds is not null) until.CancelAfter(TimeSpan.FromSeconds(seconds.Value)); // of the tap, whatever it took to begin it
        var result = await Copy(client, tap, file, until.Token);
        // What is piped on is the capture alone.
        var output = file.IsStandardOutput ? terminal.Error : terminal.Output;
        output.WriteLine(options.Json(parsed)
            ? JsonSerializer.Serialize(result, ControlJson.Default.TapEndAnswer)
            : $"{file.Name}: {Told(result.Inner, result.InnerMissed)} inside, {Told(result.Outer, result.OuterMissed)} behind the NAT");
        return ExitCode.Success;
    }

    private static Task<TapAnswer> Begin(ControlClient client, string target, CancellationToken stop)
    {
        // No address looks like a flow's name, which has a dash.
        var request = target.Contains('-') ? new TapRequest(target, null) : new TapRequest(null, target);
        return client.Send(
            HttpMethod.Post, "/taps", ControlJson.Default.TapAnswer, stop, JsonSerializer.Serialize(request, ControlJson.Default.TapRequest));
    }

    /// <summary>Not before there is a tap: a mistyped name would have emptied a file.</summary>
    private static async Task<CaptureFile> Create(ControlClient client, TapAnswer tap, string name)
    {
        try
        {
            return CaptureFile.Create(name);
        }
        catch (VerbException)
        {
            await End(client, tap);
            throw;
        }
    }

    private static Task<TapEndAnswer> End(ControlClient client, TapAnswer tap) =>
        client.Send(HttpMethod.Delete, $"/taps/{tap.Tap}", ControlJson.Default.TapEndAnswer, CancellationToken.None);

    private static async Task<TapEndAnswer> Copy(ControlClient client, TapAnswer tap, CaptureFile file, CancellationToken until)
    {
        Task<TapEndAnswer>? ended = null;
        await using var packets = await client.Open($"/taps/{tap.Tap}", CancellationToken.None);
        await using (until.Register(() => ended = End(client, tap)))
        {
            try
            {
                await file.Take(packets);
            }
            catch (VerbException)
            {
                // Nobody reads any more, which ends the tap.
                await packets.DisposeAsync();
                throw;
            }
        }

        if (ended is null)
            throw new VerbException(ExitCode.NotRunning, $"{client.Place.Device} ended while it was tapped; {file.Name} holds what came before");
        return await ended;
    }

    private static string Told(long packets, long missed) =>
        missed == 0 ? Words.Some(packets, "packet") : $"{Words.Count(packets - missed)} of {Words.Some(packets, "packet")} ({missed} missed: this host was too busy to write them)";
}
