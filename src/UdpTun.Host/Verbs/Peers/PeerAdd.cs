using System.CommandLine;
using QRCoder;
using UdpTun.Actors.Settings;
using UdpTun.Host.Cli;
using UdpTun.Host.Configuration;
using UdpTun.Host.Secure;
using UdpTun.Host.Verbs.Printing;
using UdpTun.Linux.HostSetup;
using UdpTun.Net.Flows;
using UdpTun.Transport.Conf;

namespace UdpTun.Host.Verbs.Peers;

/// <summary><c>udptun peer add NAME</c>: makes a peer's keys and addresses, the server's file about it, and its own conf.</summary>
internal sealed class PeerAdd(ServerOptions server)
{
    private static readonly InetPrefix[] NotOfTheInternet =
        [.. new[] { "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "fc00::/7", "::1/128" }.Select(InetPrefix.Parse)];

    private readonly Argument<string> _name = new("NAME") { Description = "What the peer is to be called: letters, digits, '.', '-', '_'" };

    private readonly Option<string?> _endpoint = new("--endpoint")
    {
        HelpName = "HOST[:PORT]",
        Description = "Where the peer finds this server (udptun.secure.new-peer.endpoint; else the uplink's address and the listening port)",
    };

    private readonly Option<string?> _output = new("--output")
    {
        HelpName = "FILE",
        Description = "Where the peer's conf is written (NAME.conf in this directory), mode 0600; '-' prints it",
    };

    private readonly Option<string[]> _dns = new("--dns")
    {
        HelpName = "ADDRESS",
        Description = "A name server that the peer is to ask (udptun.secure.new-peer.name-servers; else it keeps its own); may be repeated",
    };

    private readonly Option<bool> _qr = new("--qr") { Description = "Print the conf as a QR code too, for the WireGuard app of a phone" };

    internal Command Describe(Terminal terminal)
    {
        var command = new Command("add", "Make a peer: its keys, its inner addresses, and a conf for udptun, wg-quick and the WireGuard apps")
        {
            _name, _endpoint, _output, _dns, _qr,
        };
        server.AddTo(command);
        return command.OnRun((parsed, stop) => Run(parsed, terminal, stop));
    }

    private async Task<ExitCode> Run(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        var loaded = server.Load(parsed, terminal);
        var name = parsed.GetValue(_name)!;
        if (!PeersDirectory.IsName(name))
            throw new UsageException($"'{name}' is no name of a peer: letters, digits, '.', '-' and '_', at most 63, a letter or digit first");
        var nameServers = NameServersOf(parsed, loaded.Settings);
        var file = loaded.Secure.Peers.FileOf(name);
        if (File.Exists(file))
            throw new VerbException(ExitCode.Failure, $"there is a peer {name} already; take another name, or let it in no more first: udptun peer remove {name}");
        var endpoint = EndpointOf(parsed, loaded, terminal);
        using var alone = await loaded.Secure.Peers.Lock(stop);
        var own = loaded.Secure.OfServer(_ => { });
        var others = own.Peers;
        var peer = NewPeer.Make(name, loaded.Settings, others);
        if (peer.Addresses.Count < loaded.Settings.SecureFiles.NewPeer.Addresses.Count)
            throw new VerbException(ExitCode.Failure, "no inner address is free in a range of udptun.secure.new-peer.addresses: widen it, or remove a peer");
        var conf = ConfWriter.Write(peer.ToConf(own.PrivateKey.ToPublic(), endpoint, nameServers));
        var output = parsed.GetValue(_output) ?? $"{name}.conf";
        if (output != "-" && File.Exists(output)) throw new VerbException(ExitCode.Failure, $"{output} is there already; it is not written over (--output)");
        // With '-' standard output is the conf and nothing else.
        var told = output == "-" ? terminal.Beside : terminal;
        var picture = parsed.GetValue(_qr) ? Draw(conf, told) : null;
        SecretFile.Create(file, peer.ToServerFile());
        if (output != "-") Write(output, conf, file);
        var reloaded = await server.Reload(parsed, loaded, stop);
        Hand(terminal, peer, conf, output);
        if (picture is not null) told.Output.WriteLine(picture);
        told.Output.WriteLine(reloaded);
        return ExitCode.Success;
    }

    private IReadOnlyList<InetAddress> NameServersOf(ParseResult parsed, TunnelSettings settings) => parsed.GetValue(_dns) is { Length: > 0 } named
        ? [.. named.Select(text => InetAddress.TryParse(text, out var address) ? address : throw new UsageException($"--dns takes an address, not '{text}'"))]
        : settings.SecureFiles.NewPeer.NameServers;

    /// <summary>Writes the peer's conf. Where that cannot be, nobody has the key of the peer, which is none then.</summary>
    private static void Write(string output, string conf, string serverFile)
    {
        try
        {
            SecretFile.Create(output, conf, ofDirectory: false);
        }
        catch (VerbException)
        {
            File.Delete(serverFile);
            throw;
        }
    }

    /// <summary>The conf as a QR code, which is of no use to anybody when the terminal breaks its lines.</summary>
    private static string Draw(string conf, Terminal terminal)
    {
        using var code = QRCodeGenerator.GenerateQrCode(conf, QRCodeGenerator.ECCLevel.L);
        using var ascii = new AsciiQRCode(code);
        var picture = ascii.GetGraphicSmall();
        var (needed, there) = (picture.IndexOf('\n', StringComparison.Ordinal), terminal.IsInteractive ? Consoles.Of(terminal).Profile.Width : int.MaxValue);
        return needed <= there ? picture : throw new VerbException(
            ExitCode.Failure, $"the QR code takes {needed} columns, and this terminal has {there}: make it wider, or its letters smaller");
    }

    private static void Hand(Terminal terminal, NewPeer peer, string conf, string output)
    {
        if (output == "-")
        {
            terminal.Output.Write(conf);
        }
        else
        {
            terminal.Output.WriteLine($"{peer.Name} has {string.Join(" and ", peer.Addresses.Select(address => address.Address))}");
            terminal.Output.WriteLine($"{output} is its conf, for wg-quick and the WireGuard apps too; it holds its private key, so move it, and keep no copy");
            terminal.Output.WriteLine($"on the peer: udptun --role client --config {output}");
        }
    }

    private ServerEndpoint EndpointOf(ParseResult parsed, LoadedConfiguration loaded, Terminal terminal)
    {
        var settings = loaded.Settings;
        var port = settings.Server.Listen.Port;
        if ((parsed.GetValue(_endpoint) ?? settings.SecureFiles.NewPeer.Endpoint) is { } named)
            return ServerEndpoint.Parse(named, port) ?? throw new UsageException($"--endpoint takes {ServerEndpoint.Expected}, not '{named}'");
        var address = settings.Server.ExternalAddress ?? settings.Server.ExternalAddress6 ?? UplinkAddress.Find(settings.Server.Uplink)
            ?? throw new VerbException(ExitCode.Failure, "nothing tells where this server is found: give --endpoint HOST[:PORT]");
        if (NotOfTheInternet.Any(range => range.Contains(address)))
            terminal.Error.WriteLine($"udptun: the peer is told to find this server at {address}, which the internet does not know; --endpoint HOST names another");
        return new ServerEndpoint(address.ToString(), port);
    }
}
