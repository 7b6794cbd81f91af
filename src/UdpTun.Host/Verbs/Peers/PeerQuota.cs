using System.CommandLine;
using System.Text.Json;
using UdpTun.Host.Cli;
using UdpTun.Host.Configuration;
using UdpTun.Host.Control;
using UdpTun.Host.Control.Peers;
using UdpTun.Host.Verbs.Printing;

namespace UdpTun.Host.Verbs.Peers;

/// <summary><c>udptun peer quota NAME</c>: what is used of a peer's quota, as the running server knows it or else its file, and the beginning of a new one.</summary>
internal sealed class PeerQuota(ServerOptions server)
{
    private readonly Argument<string> _name = new("NAME") { Description = "The peer" };

    private readonly Option<bool> _reset = new("--reset") { Description = "Forgive what is used: all of the quota may be used again, from this moment" };

    private readonly Option<bool> _json = new("--json") { Description = "Print JSON for programs" };

    internal Command Describe(Terminal terminal)
    {
        var command = new Command("quota", "Tell what a peer has used of its quota, or let it begin anew") { _name, _reset, _json };
        server.AddTo(command);
        return command.OnRun((parsed, stop) => Run(parsed, terminal, stop));
    }

    private async Task<ExitCode> Run(ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        var loaded = server.Load(parsed, terminal);
        using var running = await server.Find(parsed, loaded, stop);
        var (name, resets) = (parsed.GetValue(_name)!, parsed.GetValue(_reset));
        var path = $"/peers/{Uri.EscapeDataString(name)}/quota";
        var answer = running is null ? OfFiles(loaded, name, resets)
            : resets ? await running.Post($"{path}/reset", ControlJson.Default.QuotaAnswer, stop)
            : await running.Get(path, ControlJson.Default.QuotaAnswer, stop);
        terminal.Output.WriteLine(parsed.GetValue(_json) ? JsonSerializer.Serialize(answer, ControlJson.Default.QuotaAnswer) : Tell(answer));
        return ExitCode.Success;
    }

    private static string Tell(QuotaAnswer answer) => answer.Forgiven is { } forgiven
        ? $"{answer.Peer} may use all of its {Words.Bytes(answer.Quota)} again; {Words.Bytes(forgiven)} were used"
        : $"{answer.Peer} has used {Words.Bytes(answer.Used)} of its {Words.Bytes(answer.Quota)}";

    private static QuotaAnswer OfFiles(LoadedConfiguration loaded, string name, bool resets)
    {
        var directory = loaded.Secure.Peers;
        var peer = PeerNamed.In(directory, name);
        var quota = peer.Limits.Quota ?? throw new VerbException(ExitCode.Failure, $"{name} has no quota; a line such as 'quota = 50GB' in {directory.FileOf(name)} gives it one");
        var quotas = directory.Used(sentence => throw new VerbException(ExitCode.Failure, sentence));
        var used = quotas.Read().GetValueOrDefault(peer.PublicKey);
        if (!resets) return new QuotaAnswer(name, quota, used, null);
        quotas.Forgive(peer.PublicKey);
        return new QuotaAnswer(name, quota, 0, used);
    }
}
