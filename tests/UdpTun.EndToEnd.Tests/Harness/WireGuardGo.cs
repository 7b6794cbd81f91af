namespace UdpTun.EndToEnd.Tests.Harness;

/// <summary>Debian's wireguard-go as an end of the tunnel.</summary>
internal static class WireGuardGo
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The interface; the control sockets of all namespaces lie in one directory, so its name is this process's own.</summary>
    internal static readonly string Device = $"go{Environment.ProcessId}";

    /// <summary>Starts it with a conf of <c>wg setconf</c>, an inner address and routes into it; one at a time.</summary>
    internal static async Task<TunnelProcess> Start(Topology net, NetworkNamespace host, string conf, string address, params IEnumerable<string> routes)
    {
        var process = net.LaunchForeign(host, "wireguard-go", "-f", Device);
        await Eventually.Holds("wireguard-go is up", Patience, () => host.Try("wg", "show", Device).ExitCode == 0);
        host.Run("wg", "setconf", Device, conf);
        host.Ip([$"addr add {address} dev {Device}", $"link set {Device} mtu 1420 up", .. routes.Select(route => $"route add {route} dev {Device}")]);
        return process;
    }
}
