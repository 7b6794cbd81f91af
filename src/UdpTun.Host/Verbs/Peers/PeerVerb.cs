using System.CommandLine;
using UdpTun.Host.Cli;

namespace UdpTun.Host.Verbs.Peers;

/// <summary><c>udptun peer</c>: whom a server of the secure transport lets in.</summary>
internal sealed class PeerVerb(RootOptions options) : IVerb
{
    public Command Describe(Terminal terminal)
    {
        var server = new ServerOptions(options);
        return new Command("peer", "Let peers into the server of this host, and end that again (without --config, by /etc/udptun/server.conf where it is)")
        {
            new PeerAdd(server).Describe(terminal),
            new PeerList(server).Describe(terminal),
            new PeerShow(server).Describe(terminal),
            new PeerQuota(server).Describe(terminal),
            new PeerRemove(server).Describe(terminal),
        };
    }
}
