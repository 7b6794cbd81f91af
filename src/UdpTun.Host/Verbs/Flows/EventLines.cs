using System.Globalization;
using System.Text.Json;
using UdpTun.Host.Cli;
using UdpTun.Host.Control;
using UdpTun.Host.Control.Events;
using UdpTun.Host.Verbs.Printing;

namespace UdpTun.Host.Verbs.Flows;

/// <summary>Events as they come: a line each for people, grep and awk; with --json a line for those of one answer.</summary>
internal sealed class EventLines(Terminal terminal, bool json)
{
    // Wide enough for mapping-opened and for an IPv4 address with its port.
    private const int EventWidth = 14, PeerWidth = 22;

    internal async Task Show(IAsyncEnumerable<EventsAnswer> answers, CancellationToken stop)
    {
        try
        {
            await foreach (var answer in answers)
            {
                if (json) await terminal.Output.WriteLineAsync(JsonSerializer.Serialize(answer, ControlJson.Default.EventsAnswer));
                else Write(answer);
                await terminal.Output.FlushAsync(stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Ctrl-C is how it ends.
        }
    }

    private void Write(EventsAnswer answer)
    {
        // The first answer: whoever waits for the line below misses nothing that comes after it.
        if (answer is { Events.Count: 0, Missed: 0 }) WriteLine("TIME", "EVENT", "PEER", "WHAT");
        foreach (var told in answer.Events)
            WriteLine(told.At.ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture), told.Event, told.Peer, What(told));
        if (answer.Missed > 0) terminal.Output.WriteLine($"{Words.Count(answer.Missed)} events are missing here: they came faster than they were taken");
    }

    private void WriteLine(string time, string name, string peer, string what) =>
        terminal.Output.WriteLine($"{time,-12}  {name.PadRight(EventWidth)}  {peer.PadRight(PeerWidth)}  {what}".TrimEnd());

    private static string What(EventStatus told)
    {
        var parts = new List<string>();
        if (told.Flow is not null) parts.Add(told.Flow);
        else if (told.Protocol is not null) parts.Add(told.Protocol);
        if (told.Event == "flow-refused") parts.Add(told.Inner is null ? $"{told.Remote} > {told.Outer}" : $"{told.Inner} > {told.Remote}");
        else if (told.Inner is not null) parts.Add(told.Remote is null ? $"{told.Inner} as {told.Outer}" : $"{told.Inner} > {told.Remote} as {told.Outer}");
        if (told.Endpoint is not null && told.Endpoint != told.Peer) parts.Add($"at {told.Endpoint}");
        var text = string.Join(' ', parts);
        string?[] more =
        [
            told.Why,
            told.Count > 1 ? $"stands for {Words.Count(told.Count.Value)}" : null,
            told is { Out: { } sent, In: { } received } ? $"sent {Words.Bytes(sent.Bytes)}, received {Words.Bytes(received.Bytes)}" : null,
        ];
        return string.Join("; ", more.Prepend(text).Where(part => !string.IsNullOrEmpty(part)));
    }
}
