using System.CommandLine;
using System.Text.Json;
using UdpTun.Host.Cli;
using UdpTun.Host.Control;
using UdpTun.Host.Control.Treatment;
using UdpTun.Host.Verbs.Instances;
using UdpTun.Net.Treatment.Faults;

namespace UdpTun.Host.Verbs.Treatment;

/// <summary><c>udptun flow ID limit RATE</c> and <c>udptun flow ID fault ...</c>: what is done to one flow of a running server.</summary>
internal sealed class FlowVerb(InstanceOptions options) : IVerb
{
    private readonly Argument<string> _flow = new("ID") { Description = "The flow's name, such as tcp-42" };

    public Command Describe(Terminal terminal) => new("flow", "Steer one flow of a running server")
    {
        _flow, DescribeLimit(terminal), DescribeFault(terminal),
    };

    private Command DescribeLimit(Terminal terminal)
    {
        var rate = new Argument<string>("RATE") { Description = $"What may pass each way, or off: {BitRate.Syntax}" };
        var command = new Command("limit", "Let no more than a rate pass") { rate };
        options.AddTo(command);
        return command.OnRun((parsed, stop) => Post(
            parsed, terminal, "limit", JsonSerializer.Serialize(new LimitRequest(parsed.GetValue(rate)), ControlJson.Default.LimitRequest), stop));
    }

    private Command DescribeFault(Terminal terminal)
    {
        var faults = new Argument<string[]>("FAULT") { Arity = ArgumentArity.OneOrMore, Description = $"off, or any of: {FaultWords.Syntax}" };
        var command = new Command("fault", "Lose, delay, double or reorder its packets, to see how programs bear it") { faults };
        options.AddTo(command);
        return command.OnRun((parsed, stop) => Post(
            parsed, terminal, "fault", JsonSerializer.Serialize(new FaultRequest(parsed.GetValue(faults)), ControlJson.Default.FaultRequest), stop));
    }

    private async Task<ExitCode> Post(ParseResult parsed, Terminal terminal, string what, string json, CancellationToken stop)
    {
        using var client = await options.Find(parsed, terminal, stop);
        var path = $"/flows/{Uri.EscapeDataString(parsed.GetValue(_flow)!)}/{what}";
        var answer = await client.Send(HttpMethod.Post, path, ControlJson.Default.TreatmentAnswer, stop, json);
        terminal.Output.WriteLine(options.Json(parsed)
            ? JsonSerializer.Serialize(answer, ControlJson.Default.TreatmentAnswer)
            : $"{answer.Flow} ({answer.Endpoints}): limit {answer.Limit ?? "off"}, fault {answer.Faults ?? "off"}");
        return ExitCode.Success;
    }
}
