using System.CommandLine;
using UdpTun.Host.Cli;

namespace UdpTun.Host.Verbs.Peers;

/// <summary><c>udptun peer reload</c>: for who has edited the peers' files.</summary>
internal sealed class PeerReload(ServerOptions server)
{
    internal Command Describe(Terminal terminal)
    {
        var command = new Command("reload", "Let the running server take what was edited in the peers' files; a file that is wrong changes nothing");
        server.AddTo(command);
        return command.OnRun(async (parsed, stop) =>
        {
            var loaded = server.Load(parsed, terminal);
            loaded.Secure.Peers.Read();
            terminal.Output.WriteLine(await server.Reload(parsed, loaded, stop));
            return ExitCode.Success;
        });
    }
}
