using System.Net;
using System.Net.Sockets;
using UdpTun.Actors.Settings;
using UdpTun.Net.Flows;

namespace UdpTun.Actors.Peers;

/// <summary>From a peer's endpoint as it is written to addresses.</summary>
public static class EndpointResolution
{
    /// <summary>All addresses of a name, in the order that the host's resolver prefers (RFC 6724); an address itself stays as it is.</summary>
    /// <exception cref="SocketException">The name has none, or nobody answers.</exception>
    public static async Task<IReadOnlyList<InetEndpoint>> ByDns(ServerEndpoint endpoint)
    {
        if (InetAddress.TryParse(endpoint.Host, out var address)) return [new InetEndpoint(address, endpoint.Port)];
        var found = await Dns.GetHostAddressesAsync(endpoint.Host);
        return
        [
            .. found.Where(one => one.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6 && !one.IsIPv6LinkLocal)
                .Select(one => new InetEndpoint(InetAddress.From(one), endpoint.Port)).Distinct(),
        ];
    }
}
