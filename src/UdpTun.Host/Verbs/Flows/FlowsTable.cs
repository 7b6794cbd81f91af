using UdpTun.Host.Cli;
using UdpTun.Host.Control.Flows;
using UdpTun.Host.Verbs.Printing;

namespace UdpTun.Host.Verbs.Flows;

/// <summary>Flows for people, one a row.</summary>
internal static class FlowsTable
{
    internal static void Write(FlowsAnswer answer, Terminal terminal)
    {
        terminal.Output.WriteLine(Heading(answer));
        Of(answer, withRates: false).Write(terminal);
        if (answer.Next is { } next) terminal.Output.WriteLine($"there are more: --cursor {next}");
    }

    internal static string Heading(FlowsAnswer answer)
    {
        var all = $"{Words.Some(answer.Sessions, "flow")} on {Words.Some(answer.Mappings, "mapping")}";
        var matching = answer.Matching == answer.Sessions ? all : $"{Words.Count(answer.Matching)} of {all}";
        return answer.Flows.Count < answer.Matching ? $"{matching}, {Words.Count(answer.Flows.Count)} shown" : matching;
    }

    internal static TextTable Of(FlowsAnswer answer, bool withRates)
    {
        string[] header = ["FLOW", "PEER", "INNER", "OUTER", "REMOTE", "STATE", ">IDLE", ">LEFT", ">OUT", ">IN"];
        var table = new TextTable(withRates ? [.. header, ">OUT RATE", ">IN RATE"] : header);
        foreach (var flow in answer.Flows) table.Add(Row(flow, withRates));
        return table;
    }

    private static string[] Row(FlowStatus flow, bool withRates)
    {
        string[] cells =
        [
            flow.Id, flow.Peer, flow.Inner, flow.Outer, flow.Remote, flow.State, Words.Time(flow.IdleSeconds), Words.Time(flow.LeftSeconds),
            Words.Bytes(flow.Out.Bytes), Words.Bytes(flow.In.Bytes),
        ];
        return withRates ? [.. cells, Words.Rate(flow.OutRate ?? 0), Words.Rate(flow.InRate ?? 0)] : cells;
    }
}
