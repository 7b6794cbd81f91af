using System.CommandLine;
using System.Text.Json;
using UdpTun.Host.Control;
using UdpTun.Host.Control.Treatment;
using UdpTun.Host.Verbs.Flows;
using UdpTun.Net.Treatment.Faults;

namespace UdpTun.Host.Verbs.Treatment;

/// <summary><c>udptun flow ID fault ...</c>.</summary>
internal sealed class FaultAction : IFlowAction
{
    private readonly Argument<string[]> _faults = new("FAULT")
    {
        Arity = ArgumentArity.OneOrMore,
        Description = $"off, or any of: {FaultWords.Syntax}",
    };

    public Command Describe() => new("fault", "Lose, delay, double or reorder its packets, to see how programs bear it") { _faults };

    public Task Run(FlowActionContext context, CancellationToken stop) => TreatmentPost.Send(
        context, "fault",
        JsonSerializer.Serialize(new FaultRequest(context.Parsed.GetValue(_faults)), ControlJson.Default.FaultRequest), stop);
}
