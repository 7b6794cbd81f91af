using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace UdpTun.Host.Cli;

/// <summary>The library's help, and behind the program's own what a newcomer looks for: examples, precedence, exit codes.</summary>
internal sealed class HelpText(RootCommand root) : SynchronousCommandLineAction
{
    private const string Rest =
        """
        Examples:
          udptun --role server
          udptun --role client --config laptop.conf
          udptun --role client --config laptop.conf --route 203.0.113.0/24
          udptun --role client --transport plain --server '[fd00::1]:9877' --route default
          udptun --role server --config /etc/udptun/server.conf --set udptun.server.max-clients=8
          udptun --role dump --route 203.0.113.0/24 --hex
          udptun status
          udptun flows --sort bytes
          udptun flows --events
          udptun flow tcp-42 explain
          udptun page
          udptun peer add laptop --endpoint vpn.example.org --qr
          udptun config check --role server --config /etc/udptun/server.conf
          udptun config reload
          udptun cleanup
          udptun wg0                       a plain WireGuard interface, for wg and ip to configure; -f: in the foreground
          WG_QUICK_USERSPACE_IMPLEMENTATION=udptun wg-quick up wg0

        Settings, the first that is given wins:
          1. options of the command line; --listen and its like before --set
          2. the environment: udptun.nat.sweep-interval is UDPTUN__NAT__SWEEP_INTERVAL; lists with commas
          3. --config FILE, the later before the earlier
          4. reference.conf, which documents every setting

        Exit codes:
          0  done, or ended by SIGINT or SIGTERM     5  not installed: TUN, ip, nft
          1  another failure                         6  configuration
          2  usage                                   7  not running
          4  privilege missing (CAP_NET_ADMIN)

        SIGINT and SIGTERM undo what was changed on the host and end the program; a second one ends it at once, and the next
        start, or cleanup, undoes the rest. SIGHUP, as 'config reload', lets a running server or client take what has changed in its
        files; what needs a restart is named.
        """;

    private readonly HelpAction _options = new();

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var code = _options.Invoke(parseResult);
        if (parseResult.CommandResult.Command == root) parseResult.InvocationConfiguration.Output.WriteLine(Rest);
        return code;
    }
}
