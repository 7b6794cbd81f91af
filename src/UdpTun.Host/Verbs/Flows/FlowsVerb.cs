using System.CommandLine;
using System.Text.Json;
using UdpTun.Host.Cli;
using UdpTun.Host.Control;
using UdpTun.Host.Control.Events;
using UdpTun.Host.Control.Flows;
using UdpTun.Host.Verbs.Instances;

namespace UdpTun.Host.Verbs.Flows;

/// <summary><c>udptun flows</c>: the flows of a server, once or as they change, or what happens to them.</summary>
internal sealed class FlowsVerb(InstanceOptions instances) : IVerb
{
    private readonly Option<string> _peer = new("--peer") { HelpName = "PEER", Description = "Only those of a client: its name; in plain mode its address, or address and port" };

    private readonly Option<string> _protocol = new("--protocol") { HelpName = "PROTOCOL", Description = "Only tcp, udp, icmp or icmp6" };

    private readonly Option<string> _state = new("--state") { HelpName = "STATE", Description = "Only opening, established, closing or killed ones" };

    private readonly Option<string> _destination = new("--destination")
    {
        HelpName = "WHERE",
        Description = "Only those to an address, a range such as 203.0.113.0/24, an address with a port, or :PORT",
    };

    private readonly Option<string> _text = new("--text") { HelpName = "TEXT", Description = "Only those with this in their name, peer or endpoints" };

    private readonly Option<string> _sort = new("--sort")
    {
        HelpName = "ORDER",
        Description = "newest (as it is), bytes, idle, or with --watch rate",
    };

    private readonly Option<string> _max = new("--max") { HelpName = "NUMBER", Description = $"How many, 1 to {FlowQuery.MostMax} ({FlowQuery.DefaultMax})" };

    private readonly Option<string> _cursor = new("--cursor") { HelpName = "CURSOR", Description = "Go on behind an answer, at the cursor that it ends with" };

    private readonly Option<bool> _watch = new("--watch", "-w") { Description = "Again each second, with rates, until Ctrl-C" };

    private readonly Option<bool> _events = new("--events", "-e") { Description = "What happens to flows, mappings and peers, a line each, until Ctrl-C" };

    private readonly Option<string> _event = new("--event")
    {
        HelpName = "KINDS",
        Description = $"With --events: only {string.Join(", ", EventText.Kinds.Keys)}; several with commas",
    };

    public Command Describe(Terminal terminal)
    {
        var command = new Command("flows", "List the flows of a server: who talks to whom, as what, since when and how much")
        {
            _peer, _protocol, _state, _destination, _text, _sort, _max, _cursor, _watch, _events, _event,
        };
        instances.AddTo(command);
        return command.OnRun((parsed, stop) => Run(parsed, terminal, stop));
    }

    private async Task<ExitCode> Run(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        using var client = await instances.Find(parsed, terminal, stop);
        var query = Query(parsed);
        if (parsed.GetValue(_events) || parsed.GetValue(_event) is not null)
        {
            if (parsed.GetValue(_watch)) throw new UsageException("--watch shows flows and --events what happens to them: say one of the two");
            var told = client.Stream($"/events{query}", ControlJson.Default.EventsAnswer, stop);
            await new EventLines(terminal, instances.Json(parsed)).Show(told, stop);
            return ExitCode.Success;
        }

        if (parsed.GetValue(_watch))
        {
            var answers = client.Stream($"/flows/watch{query}", ControlJson.Default.FlowsAnswer, stop);
            await new FlowsWatch(terminal, instances.Json(parsed)).Show(answers, stop);
            return ExitCode.Success;
        }

        var answer = await client.Get($"/flows{query}", ControlJson.Default.FlowsAnswer, stop);
        if (instances.Json(parsed)) terminal.Output.WriteLine(JsonSerializer.Serialize(answer, ControlJson.Default.FlowsAnswer));
        else FlowsTable.Write(answer, terminal);
        return ExitCode.Success;
    }

    private string Query(ParseResult parsed)
    {
        Option<string>[] parts = [_peer, _protocol, _state, _destination, _text, _sort, _max, _cursor, _event];
        var given = parts.Where(option => parsed.GetValue(option) is not null)
            .Select(option => $"{option.Name[2..]}={Uri.EscapeDataString(parsed.GetValue(option)!)}");
        return $"?{string.Join('&', given)}";
    }
}
