using System.CommandLine;
using System.Text.Json;
using UdpTun.Host.Control;
using UdpTun.Host.Control.Treatment;
using UdpTun.Host.Verbs.Flows;
using UdpTun.Net.Treatment.Faults;

namespace UdpTun.Host.Verbs.Treatment;

/// <summary><c>udptun flow ID limit RATE</c>.</summary>
internal sealed class LimitAction : IFlowAction
{
    private readonly Argument<string> _rate = new("RATE") { Description = $"What may pass each way, or off: {BitRate.Syntax}" };

    public Command Describe() => new("limit", "Let no more than a rate pass") { _rate };

    public Task Run(FlowActionContext context, CancellationToken stop) => TreatmentPost.Send(
        context, "limit",
        JsonSerializer.Serialize(new LimitRequest(context.Parsed.GetValue(_rate)), ControlJson.Default.LimitRequest), stop);
}
