using UdpTun.Comparison.Lab;
using UdpTun.EndToEnd;

namespace UdpTun.Comparison.Contenders;

/// <summary>fastd with its method that neither encrypts nor authenticates.</summary>
internal sealed class Fastd() : Contender("fastd-null", Kind.Peer)
{
    private string _version = "";

    public override string Description => $"{_version}, method null";

    public override async Task Start(Laboratory lab)
    {
        _version = Command.Try("fastd", "--version").Output.Trim();
        var (serverKey, clientKey) = (Command.Run("fastd", "--generate-key", "--machine-readable").Trim(), Command.Run("fastd", "--generate-key", "--machine-readable").Trim());
        Launch(lab, lab.Server, "server", serverKey, "bind 10.77.1.1:10000;", PublicKey(lab, clientKey), "");
        // A handshake that finds nobody there is repeated late.
        await lab.UntilThere(lab.Server, "fastd0");
        Launch(lab, lab.Client, "client", clientKey, "bind 10.77.1.2:10000;", PublicKey(lab, serverKey), "remote 10.77.1.1 port 10000;");
        await lab.UntilThere(lab.Client, "fastd0");
        lab.Address("fastd0", "fastd0");
    }

    private static void Launch(Laboratory lab, NetworkNamespace host, string side, string secret, string bind, string peer, string remote)
    {
        var file = Path.Combine(lab.StateDirectory, $"{side}.fastd");
        File.WriteAllText(file, Configuration(secret, bind, $$"""peer "other" { key "{{peer}}"; {{remote}} }"""));
        lab.Tunnel(host, "fastd", "--config", file);
    }

    private static string Configuration(string secret, string bind, string peer) =>
        $"""
        log level warn;
        interface "fastd0";
        mode tun;
        mtu {Laboratory.Mtu};
        method "null";
        secret "{secret}";
        {bind}
        {peer}

        """;

    private static string PublicKey(Laboratory lab, string secret)
    {
        var file = Path.Combine(lab.StateDirectory, "key.fastd");
        File.WriteAllText(file, $"secret \"{secret}\";\n");
        return Command.Run("fastd", "--config", file, "--show-key", "--machine-readable").Trim();
    }
}
