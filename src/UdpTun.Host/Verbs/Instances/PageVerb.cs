using System.CommandLine;
using System.Text.Json;
using UdpTun.Host.Cli;
using UdpTun.Host.Control;

namespace UdpTun.Host.Verbs.Instances;

/// <summary><c>udptun page</c>: opens an instance's live page, if it is not open, and tells where it is.</summary>
internal sealed class PageVerb(InstanceOptions options) : IVerb
{
    public Command Describe(Terminal terminal)
    {
        var command = new Command("page", "Open the live page of a running server or client, and print its address with the token that it asks for");
        options.AddTo(command);
        return command.OnRun((parsed, stop) => Run(parsed, terminal, stop));
    }

    private async Task<ExitCode> Run(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        using var client = await options.Find(parsed, terminal, stop);
        var answer = await client.Post("/page", ControlJson.Default.PageAnswer, stop);
        if (options.Json(parsed))
        {
            terminal.Output.WriteLine(JsonSerializer.Serialize(answer, ControlJson.Default.PageAnswer));
            return ExitCode.Success;
        }

        terminal.Output.WriteLine(answer.Url);
        if (!terminal.IsInteractive) return ExitCode.Success;
        var address = new Uri(answer.Address);
        terminal.Output.WriteLine(client.Place.IsHere
            ? $"Open it in a browser of this machine; from another one, first: ssh -L {address.Port}:{address.Host}:{address.Port} {Environment.MachineName}"
            : $"It listens in the network namespace of {client.Place.Device}, and is reached from inside that alone.");
        terminal.Output.WriteLine("Whoever has the address may see and end flows.");
        return ExitCode.Success;
    }
}
