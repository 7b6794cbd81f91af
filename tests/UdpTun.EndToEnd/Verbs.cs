namespace UdpTun.EndToEnd;

/// <summary>Runs verbs of the program beside the instances of a topology, as an operator does.</summary>
internal static class Verbs
{
    /// <summary>Runs <c>udptun VERB ...</c> with the topology's state directory, in a host's namespace; failing is an answer.</summary>
    internal static CommandResult Try(this TunnelTopology net, NetworkNamespace host, params IEnumerable<string> verb) =>
        Command.Try(host.Inside(
        [
            "env", $"DOTNET_ROOT={TunnelProcess.Runtime}", $"UDPTUN__STATE_DIRECTORY={net.StateDirectory}", TunnelProcess.Program, .. verb,
        ]));
}
