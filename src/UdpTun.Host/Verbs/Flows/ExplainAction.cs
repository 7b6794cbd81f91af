using System.CommandLine;
using System.Text.Json;
using UdpTun.Host.Control;
using UdpTun.Host.Control.Flows;
using UdpTun.Host.Verbs.Printing;

namespace UdpTun.Host.Verbs.Flows;

/// <summary><c>udptun flow ID explain</c>.</summary>
internal sealed class ExplainAction : IFlowAction
{
    private const int LabelWidth = 12;

    public Command Describe() =>
        new("explain", "Tell why it leaves by its outer port, where it stands, how long it has left, what was dropped and why");

    public async Task Run(FlowActionContext context, CancellationToken stop)
    {
        var answer = await context.Client.Get(context.Path, ControlJson.Default.FlowAnswer, stop);
        Print(answer, context);
    }

    internal static void Print(FlowAnswer answer, FlowActionContext context)
    {
        var output = context.Terminal.Output;
        if (context.Json)
        {
            output.WriteLine(JsonSerializer.Serialize(answer, ControlJson.Default.FlowAnswer));
            return;
        }

        output.WriteLine($"{answer.Flow.Id}: {answer.Flow.Inner} of peer {answer.Flow.Peer} to {answer.Flow.Remote}");
        foreach (var (label, text) in Facts(answer).Where(fact => fact.Text is not null))
            output.WriteLine($"  {label.PadRight(LabelWidth)} {text}");
    }

    private static IEnumerable<(string Label, string? Text)> Facts(FlowAnswer answer)
    {
        var flow = answer.Flow;
        yield return ("state", $"{flow.State}, begun by the {answer.BegunBy} {Words.Time(flow.AgeSeconds)} ago");
        yield return ("leaves as", answer.External is null || answer.External == flow.Outer
            ? flow.Outer
            : $"{flow.Outer}, which the internet knows as {answer.External}");
        yield return ("because", answer.OuterPort);
        yield return ("ends", $"in {Words.Time(flow.LeftSeconds)} unless something comes; silent for {Words.Time(flow.IdleSeconds)} of "
            + $"{Words.Time(answer.Timer.Seconds)} ({answer.Timer.Setting ?? "a minute after the last try of a killed flow"})");
        yield return ("sent", $"{Words.Some(flow.Out.Packets, "packet")}, {Words.Bytes(flow.Out.Bytes)}");
        yield return ("received", $"{Words.Some(flow.In.Packets, "packet")}, {Words.Bytes(flow.In.Bytes)}");
        yield return ("last drop", answer.LastDrop is { } drop
            ? $"{drop.Reason} {Words.Time(drop.AgoSeconds)} ago, {Words.Some(drop.Packets, "packet")} in all"
            : "none");
        yield return ("path MTU", answer.PathMtu is { } mtu
            ? $"{mtu} bytes beyond the server, as a router said; {answer.TunnelMtu} in the tunnel"
            : $"no router has complained; {answer.TunnelMtu} bytes in the tunnel");
    }
}
