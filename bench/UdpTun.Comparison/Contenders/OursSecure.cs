using UdpTun.Comparison.Lab;
using UdpTun.EndToEnd;

namespace UdpTun.Comparison.Contenders;

/// <summary>UdpTun with the transport that encrypts, and default settings else.</summary>
/// <param name="isWireGuards">Whether packets are to have the cipher that every WireGuard has, although both ends are ours.</param>
internal sealed class OursSecure(bool isWireGuards = false) : Contender(isWireGuards ? "udptun-chacha" : "udptun-secure", Kind.Ours)
{
    public override string Description => isWireGuards
        ? "UdpTun, transport secure, with the cipher that every WireGuard has, ChaCha20-Poly1305"
        : "UdpTun, transport secure, default settings: a NAT session for every flow, AES-256-GCM where the processor has it";

    public override async Task Start(Laboratory lab)
    {
        var conf = Path.Combine(lab.StateDirectory, "bench.conf");
        string[] cipher = isWireGuards ? ["--set", "udptun.secure.cipher=chacha20-poly1305"] : [];
        string[] settings =
        [
            "--set", $"udptun.secure.private-key-file={lab.StateDirectory}/private.key",
            "--set", $"udptun.secure.peers-directory={lab.StateDirectory}/peers",
            .. cipher,
        ];
        var server = lab.Launch(lab.Server, ["--role", "server", "--transport", "secure", .. settings]);
        lab.Keep(server);
        await server.UntilReady();
        lab.Server.Run([TunnelProcess.Program, "peer", "add", "bench", "--endpoint", "10.77.1.1", "--output", conf,
            .. settings, "--set", $"udptun.state-directory={lab.StateDirectory}"]);
        var client = lab.Launch(lab.Client, ["--role", "client", "--config", conf, "--route", "203.0.113.0/24", .. cipher]);
        lab.Keep(client);
        await client.UntilReady();
    }
}
