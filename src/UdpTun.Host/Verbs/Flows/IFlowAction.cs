using System.CommandLine;
using UdpTun.Host.Cli;
using UdpTun.Host.Control.Client;

namespace UdpTun.Host.Verbs.Flows;

/// <summary>One thing that can be done with a flow: <c>udptun flow ID ACTION</c>.</summary>
internal interface IFlowAction
{
    /// <summary>Its word with its help, arguments and options; those of the instance are added to it.</summary>
    Command Describe();

    /// <summary>Asks the instance and prints the answer.</summary>
    Task Run(FlowActionContext context, CancellationToken stop);
}

/// <summary>What an action is given.</summary>
/// <param name="Client">The way to the instance.</param>
/// <param name="Path">The flow's path in the control API.</param>
/// <param name="Parsed">The command line.</param>
/// <param name="Json">Whether programs read the output.</param>
/// <param name="Terminal">Where to print.</param>
internal sealed record FlowActionContext(ControlClient Client, string Path, ParseResult Parsed, bool Json, Terminal Terminal);
