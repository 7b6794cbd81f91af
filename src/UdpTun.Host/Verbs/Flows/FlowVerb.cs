using System.CommandLine;
using UdpTun.Host.Cli;
using UdpTun.Host.Verbs.Instances;

namespace UdpTun.Host.Verbs.Flows;

/// <summary><c>udptun flow ID ...</c>: one flow, and what can be done with it; each of these is a class.</summary>
internal sealed class FlowVerb(InstanceOptions instances, IReadOnlyList<IFlowAction> actions) : IVerb
{
    public Command Describe(Terminal terminal)
    {
        var id = new Argument<string>("ID") { Description = "The flow as udptun flows calls it: tcp-42, or 42" };
        var command = new Command("flow", "Explain one flow, or do something to it") { id };
        foreach (var action in actions)
        {
            var described = action.Describe();
            instances.AddTo(described);
            command.Add(described.OnRun(async (parsed, stop) =>
            {
                var name = parsed.GetValue(id) ?? throw new UsageException($"say which flow: udptun flow ID {described.Name} (udptun flows tells which there are)");
                using var client = await instances.Find(parsed, terminal, stop);
                await action.Run(new FlowActionContext(client, $"/flows/{Uri.EscapeDataString(name)}", parsed, instances.Json(parsed), terminal), stop);
                return ExitCode.Success;
            }));
        }

        return command;
    }
}
