namespace UdpTun.EndToEnd.Tests.Harness;

/// <summary>Debian's wireguard-go as an end of the tunnel.</summary>
internal static class WireGuardGo
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The interface; the control sockets of all namespaces lie in one directory, so its name is this topology's own.</summary>
    internal static string DeviceIn(Topology net) => $"go{Environment.ProcessId}-{net.Number}";

    /// <summary>Starts it with a conf of <c>wg setconf</c>, an inner address and routes into it; one at a time in a topology.</summary>
    internal static async Task<TunnelProcess> Start(Topology net, NetworkNamespace host, string conf, string address, params IEnumerable<string> routes)
    {
        var device = DeviceIn(net);
        var process = net.LaunchForeign(host, "wireguard-go", "-f", device);
        await Eventually.Holds("wireguard-go is up", Patience, () => host.Try("wg", "show", device).ExitCode == 0);
        host.Run("wg", "setconf", device, conf);
        host.Ip([$"addr add {address} dev {device}", $"link set {device} mtu 1420 up", .. routes.Select(route => $"route add {route} dev {device}")]);
        return process;
    }
}
