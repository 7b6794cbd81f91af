using System.CommandLine;
using UdpTun.Host.Cli;

namespace UdpTun.Host.Verbs.Peers;

/// <summary><c>udptun peer remove NAME</c>: the peer is let in no more, from this moment.</summary>
internal sealed class PeerRemove(ServerOptions server)
{
    private readonly Argument<string> _name = new("NAME") { Description = "The peer" };

    internal Command Describe(Terminal terminal)
    {
        var command = new Command("remove", "Let a peer in no more; its file and keys are gone for good") { _name };
        server.AddTo(command);
        return command.OnRun((parsed, stop) => Run(parsed, terminal, stop));
    }

    // The file alone counts: one that is damaged has to go, too.
    private async Task<ExitCode> Run(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        var loaded = server.Load(parsed, terminal);
        var (peers, name) = (loaded.Secure.Peers, parsed.GetValue(_name)!);
        if (!File.Exists(peers.FileOf(name)) || !Secure.PeersDirectory.IsName(name)) throw PeerNamed.None(name, peers.Names());
        try
        {
            File.Delete(peers.FileOf(name));
        }
        catch (UnauthorizedAccessException e)
        {
            throw new VerbException(ExitCode.Privilege, $"{peers.FileOf(name)} cannot be removed: {e.Message.TrimEnd('.')}", e);
        }

        terminal.Output.WriteLine($"{name} is no peer any more");
        terminal.Output.WriteLine(await server.Reload(parsed, loaded, stop));
        return ExitCode.Success;
    }
}
