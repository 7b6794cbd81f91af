using System.CommandLine;
using System.Text.Json;
using UdpTun.Actors.Settings;
using UdpTun.Host.Cli;
using UdpTun.Host.Verbs.Peers.Answers;
using UdpTun.Net.Admission;

namespace UdpTun.Host.Verbs.Peers;

/// <summary><c>udptun peer show NAME</c>: all that the files say of one peer, but for its secrets.</summary>
internal sealed class PeerShow(ServerOptions server)
{
    private const int LabelWidth = 14;

    private readonly Argument<string> _name = new("NAME") { Description = "The peer" };

    private readonly Option<bool> _json = new("--json") { Description = "Print JSON for programs" };

    internal Command Describe(Terminal terminal)
    {
        var command = new Command("show", "Show one peer") { _name, _json };
        server.AddTo(command);
        return command.OnRun(parsed => Run(parsed, terminal));
    }

    private ExitCode Run(ParseResult parsed, Terminal terminal)
    {
        var peers = server.Load(parsed, terminal).Secure.Peers;
        var peer = PeerNamed.In(peers, parsed.GetValue(_name)!);
        var used = peers.Used(warning => terminal.Error.WriteLine($"udptun: {warning}")).Read();
        if (parsed.GetValue(_json))
        {
            var answer = new PeerAnswer(PeerEntry.Of(peer, peers.FileOf(peer.Name), used));
            terminal.Output.WriteLine(JsonSerializer.Serialize(answer, PeerJson.Default.PeerAnswer));
            return ExitCode.Success;
        }

        terminal.Output.WriteLine(peer.Name);
        foreach (var (label, text) in Facts(peer, used.GetValueOrDefault(peer.PublicKey)).Append(("file", peers.FileOf(peer.Name))).Where(fact => fact.Item2.Length > 0))
            terminal.Output.WriteLine($"  {label.PadRight(LabelWidth)} {text}");
        return ExitCode.Success;
    }

    private static IEnumerable<(string, string)> Facts(PeerSettings peer, long used)
    {
        yield return ("public key", peer.PublicKey.ToString());
        yield return ("preshared key", peer.PresharedKey is null ? "none" : "(hidden)");
        yield return ("inner", string.Join(", ", peer.AllowedIps));
        yield return ("endpoints", string.Join(", ", peer.Endpoints));
        yield return ("keepalive", peer.PersistentKeepalive is { } time ? $"{time.TotalSeconds:0}s" : "off");
        foreach (var limit in Limits(peer.Limits, used)) yield return limit;
    }

    private static IEnumerable<(string, string)> Limits(PeerLimits limits, long used)
    {
        if (limits.NewFlowsPerSecond is { } flows) yield return ("max-new-flows", $"{flows} a second");
        if (limits.MaxSessions is { } sessions) yield return ("max-sessions", $"{sessions}");
        if (limits.BytesPerSecond is { } rate) yield return ("max-rate", $"{Printing.Words.Bytes(rate)}/s");
        if (limits.Quota is { } quota) yield return ("quota", $"{Printing.Words.Bytes(quota)}, of which {Printing.Words.Bytes(used)} are used");
        yield return ("allowed", string.Join(", ", limits.AllowedDestinations));
        yield return ("denied", string.Join(", ", limits.DeniedDestinations));
    }
}
