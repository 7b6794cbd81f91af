using System.CommandLine;
using System.Text.Json;
using UdpTun.Host.Cli;
using UdpTun.Host.Control;
using UdpTun.Host.Control.Client;
using UdpTun.Host.Control.Status;

namespace UdpTun.Host.Verbs.Instances;

/// <summary><c>udptun status</c>: how every instance of this host is.</summary>
internal sealed class StatusVerb(InstanceOptions options) : IVerb
{
    public Command Describe(Terminal terminal)
    {
        var command = new Command("status", "Tell how the running servers and clients of this host are");
        options.AddTo(command);
        return command.OnRun((parsed, stop) => Run(parsed, terminal, stop));
    }

    private async Task<ExitCode> Run(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        var clients = options.IsOneNamed(parsed)
            ? [await options.Find(parsed, terminal, stop)]
            : await options.Finder(parsed, terminal).All(stop);
        var answers = new List<StatusAnswer>();
        foreach (var client in clients) answers.Add(await Ask(client, stop));
        if (options.Json(parsed))
        {
            terminal.Output.WriteLine(JsonSerializer.Serialize(new InstancesAnswer(answers), ControlJson.Default.InstancesAnswer));
            return ExitCode.Success;
        }

        foreach (var answer in answers)
        {
            if (answer != answers[0]) terminal.Output.WriteLine();
            new StatusText(answer).Write(terminal);
        }

        return ExitCode.Success;
    }

    private static async Task<StatusAnswer> Ask(ControlClient client, CancellationToken stop)
    {
        using (client) return await client.Get("/status", ControlJson.Default.StatusAnswer, stop);
    }
}
