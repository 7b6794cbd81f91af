using System.CommandLine;
using System.Text.Json;
using UdpTun.Host.Cli;
using UdpTun.Host.Verbs.Peers.Answers;
using UdpTun.Host.Verbs.Printing;

namespace UdpTun.Host.Verbs.Peers;

/// <summary><c>udptun peer list</c>: the peers as the files have them. How they fare, <c>udptun status</c> tells.</summary>
internal sealed class PeerList(ServerOptions server)
{
    private readonly Option<bool> _json = new("--json") { Description = "Print JSON for programs instead of a table for people" };

    internal Command Describe(Terminal terminal)
    {
        var command = new Command("list", "List the peers that this host's server lets in") { _json };
        server.AddTo(command);
        return command.OnRun(parsed => Run(parsed, terminal));
    }

    private ExitCode Run(ParseResult parsed, Terminal terminal)
    {
        var directory = server.Load(parsed, terminal).Secure.Peers;
        var peers = directory.Read();
        if (parsed.GetValue(_json))
        {
            var used = directory.Used(warning => terminal.Error.WriteLine($"udptun: {warning}")).Read();
            var answer = new PeersAnswer([.. peers.Select(peer => PeerEntry.Of(peer, directory.FileOf(peer.Name), used))]);
            terminal.Output.WriteLine(JsonSerializer.Serialize(answer, PeerJson.Default.PeersAnswer));
            return ExitCode.Success;
        }

        var table = new TextTable("PEER", "PUBLIC KEY", "INNER", "ENDPOINTS");
        foreach (var peer in peers)
            table.Add(peer.Name, peer.PublicKey.ToString(), string.Join(", ", peer.AllowedIps), string.Join(", ", peer.Endpoints));
        table.Write(terminal);
        return ExitCode.Success;
    }
}
