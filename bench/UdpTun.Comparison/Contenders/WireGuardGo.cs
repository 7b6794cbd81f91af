using UdpTun.Comparison.Lab;
using UdpTun.EndToEnd;

namespace UdpTun.Comparison.Contenders;

/// <summary>A userspace WireGuard.</summary>
/// <param name="name">As the tables call it.</param>
/// <param name="program">The distribution's, or the file of another one.</param>
internal sealed class WireGuardGo(string name = "wireguard-go", string program = "wireguard-go") : Contender(name, Kind.Peer)
{
    private const int Port = 51820;

    private static int _made;

    private readonly int _number = Interlocked.Increment(ref _made);
    private string _version = "";

    public override string Description => $"wireguard-go {_version}".TrimEnd();

    public override async Task Start(Laboratory lab)
    {
        _version = Command.Try(program, "--version").Output.Split('\n')[0].Split(' ').LastOrDefault("");
        // Its control sockets lie in one folder for all namespaces.
        var (server, client) = ($"wgs{_number}-{Environment.ProcessId % 1000000}", $"wgc{_number}-{Environment.ProcessId % 1000000}");
        lab.Tunnel(lab.Server, program, "-f", server);
        lab.Tunnel(lab.Client, program, "-f", client);
        await lab.UntilThere(server, client);
        var (serverKey, clientKey) = (Key(lab, "server"), Key(lab, "client"));
        await Eventually.Holds("wireguard-go listens", TunnelProcess.StartLimit, () =>
            lab.Server.Try("wg", "set", server, "private-key", serverKey.File, "listen-port", $"{Port}",
                "peer", clientKey.Public, "allowed-ips", Laboratory.Inner).ExitCode == 0
            && lab.Client.Try("wg", "set", client, "private-key", clientKey.File,
                "peer", serverKey.Public, "allowed-ips", "0.0.0.0/0", "endpoint", $"10.77.1.1:{Port}").ExitCode == 0);
        lab.Address(server, client);
    }

    private static (string File, string Public) Key(Laboratory lab, string side)
    {
        var file = Path.Combine(lab.StateDirectory, $"{side}.key");
        var key = Command.Run("wg", "genkey");
        File.WriteAllText(file, key);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return (file, Command.Run(key, ["wg", "pubkey"]).Trim());
    }
}
