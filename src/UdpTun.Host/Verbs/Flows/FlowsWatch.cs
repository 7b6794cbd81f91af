using System.Text.Json;
using Spectre.Console;
using UdpTun.Host.Cli;
using UdpTun.Host.Control;
using UdpTun.Host.Control.Flows;
using UdpTun.Host.Verbs.Printing;

namespace UdpTun.Host.Verbs.Flows;

/// <summary>Flows again and again: in place on a terminal, one below the other in a pipe, a line of JSON each with --json.</summary>
internal sealed class FlowsWatch(Terminal terminal, bool json)
{
    internal async Task Show(IAsyncEnumerable<FlowsAnswer> answers, CancellationToken stop)
    {
        try
        {
            if (json) await ShowJson(answers);
            else if (terminal.IsInteractive) await ShowLive(answers);
            else await ShowPlain(answers);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Ctrl-C is how a watch ends.
        }
    }

    private async Task ShowJson(IAsyncEnumerable<FlowsAnswer> answers)
    {
        await foreach (var answer in answers)
        {
            await terminal.Output.WriteLineAsync(JsonSerializer.Serialize(answer, ControlJson.Default.FlowsAnswer));
            await terminal.Output.FlushAsync();
        }
    }

    private async Task ShowPlain(IAsyncEnumerable<FlowsAnswer> answers)
    {
        await foreach (var answer in answers)
        {
            terminal.Output.WriteLine(FlowsTable.Heading(answer));
            FlowsTable.Of(answer, withRates: true).Write(terminal);
            await terminal.Output.FlushAsync();
        }
    }

    private async Task ShowLive(IAsyncEnumerable<FlowsAnswer> answers)
    {
        await Consoles.Of(terminal).Live(new Text("")).StartAsync(async live =>
        {
            await foreach (var answer in answers)
            {
                var table = FlowsTable.Of(answer, withRates: true).ToSpectre();
                live.UpdateTarget(table.Title(Markup.Escape(FlowsTable.Heading(answer))));
            }
        });
    }
}
