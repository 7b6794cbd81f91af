using System.Text.Json;
using UdpTun.Host.Control;
using UdpTun.Host.Verbs.Flows;

namespace UdpTun.Host.Verbs.Treatment;

/// <summary>Asks for a treatment of a flow, and prints what is done to it then.</summary>
internal static class TreatmentPost
{
    internal static async Task Send(FlowActionContext context, string what, string json, CancellationToken stop)
    {
        var answer = await context.Client.Send(HttpMethod.Post, $"{context.Path}/{what}", ControlJson.Default.TreatmentAnswer, stop, json);
        context.Terminal.Output.WriteLine(context.Json
            ? JsonSerializer.Serialize(answer, ControlJson.Default.TreatmentAnswer)
            : $"{answer.Flow} ({answer.Endpoints}): limit {answer.Limit ?? "off"}, fault {answer.Faults ?? "off"}");
    }
}
