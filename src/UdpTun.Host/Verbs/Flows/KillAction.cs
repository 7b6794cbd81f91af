using System.CommandLine;
using System.Text.Json;
using UdpTun.Host.Control;
using UdpTun.Net.Nat;

namespace UdpTun.Host.Verbs.Flows;

/// <summary><c>udptun flow ID kill</c>.</summary>
internal sealed class KillAction : IFlowAction
{
    public Command Describe() => new("kill",
        $"End it: nothing of it passes any more until it has been silent for {NatSession.KilledTimeout.TotalSeconds:0} seconds");

    public async Task Run(FlowActionContext context, CancellationToken stop)
    {
        var answer = await context.Client.Post($"{context.Path}/kill", ControlJson.Default.FlowAnswer, stop);
        context.Terminal.Output.WriteLine(context.Json
            ? JsonSerializer.Serialize(answer, ControlJson.Default.FlowAnswer)
            : $"{answer.Flow.Id} is killed: {answer.Flow.Inner} of peer {answer.Flow.Peer} to {answer.Flow.Remote}");
    }
}
