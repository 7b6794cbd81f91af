using System.CommandLine;
using UdpTun.Host.Cli;
using UdpTun.Host.Verbs.Printing;

namespace UdpTun.Host.Verbs.Peers;

/// <summary><c>udptun peer list</c>: the peers as the files have them. How they fare, <c>udptun status</c> tells.</summary>
internal sealed class PeerList(ServerOptions server)
{
    internal Command Describe(Terminal terminal)
    {
        var command = new Command("list", "List the peers that this host's server lets in");
        server.AddTo(command);
        return command.OnRun(parsed => Run(parsed, terminal));
    }

    private ExitCode Run(ParseResult parsed, Terminal terminal)
    {
        var peers = server.Load(parsed, terminal).Secure.Peers.Read();
        var table = new TextTable("PEER", "PUBLIC KEY", "INNER", "ENDPOINTS");
        foreach (var peer in peers)
            table.Add(peer.Name, peer.PublicKey.ToString(), string.Join(", ", peer.AllowedIps), string.Join(", ", peer.Endpoints));
        table.Write(terminal);
        return ExitCode.Success;
    }
}
