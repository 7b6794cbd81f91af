using UdpTun.Comparison.Lab;
using UdpTun.EndToEnd;

namespace UdpTun.Comparison.Contenders;

/// <summary>UdpTun with the transport that encrypts, and default settings else.</summary>
internal sealed class OursSecure() : Contender("udptun-secure", Kind.Ours)
{
    public override string Description => "UdpTun, transport secure, default settings: a NAT session for every flow";

    public override async Task Start(Laboratory lab)
    {
        var conf = Path.Combine(lab.StateDirectory, "bench.conf");
        string[] secrets =
        [
            "--set", $"udptun.secure.private-key-file={lab.StateDirectory}/private.key",
            "--set", $"udptun.secure.peers-directory={lab.StateDirectory}/peers",
        ];
        var server = lab.Launch(lab.Server, ["--role", "server", "--transport", "secure", .. secrets]);
        lab.Keep(server);
        await server.UntilReady();
        lab.Server.Run([TunnelProcess.Program, "peer", "add", "bench", "--endpoint", "10.77.1.1", "--output", conf,
            .. secrets, "--set", $"udptun.state-directory={lab.StateDirectory}"]);
        var client = lab.Launch(lab.Client, "--role", "client", "--config", conf, "--route", "203.0.113.0/24");
        lab.Keep(client);
        await client.UntilReady();
    }
}
