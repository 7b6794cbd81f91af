using System.Net;
using System.Net.Sockets;
using UdpTun.Actors.Settings;
using UdpTun.Net.Flows;
using UdpTun.Net.Io;

namespace UdpTun.Host.Roles;

/// <summary>Which of its server's addresses a client sends to.</summary>
/// <param name="Endpoint">The address and port.</param>
/// <param name="PathMtu">Bytes that the way there carries; null where no route leads yet.</param>
internal sealed record ServerAddress(InetEndpoint Endpoint, int? PathMtu)
{
    private static readonly InetPrefix LinkLocal = InetPrefix.Parse("fe80::/10");

    /// <summary>Asks the resolver and then the kernel's routes.</summary>
    /// <param name="server">The name or address as it is set.</param>
    /// <param name="mtuTo">What the way to an address carries; null where there is none.</param>
    internal static ServerAddress Find(ServerEndpoint server, Func<InetEndpoint, int?> mtuTo)
    {
        try
        {
            return Choose(server, AddressesOf(server), mtuTo);
        }
        catch (SocketException reason)
        {
            throw new DeviceUnavailableException(
                $"the server '{server.Host}' has no address: {reason.Message} (check the name and this host's DNS, or give an address)",
                inner: reason);
        }
    }

    /// <summary>Asks the resolver.</summary>
    /// <exception cref="SocketException">The name has no address, or nobody answers.</exception>
    internal static async Task<IReadOnlyList<InetAddress>> LookUp(ServerEndpoint server) =>
        InetAddress.TryParse(server.Host, out var address) ? [address] : [.. (await Dns.GetHostAddressesAsync(server.Host)).Select(InetAddress.From)];

    /// <summary>Every address that a name may mean, for what has to hold of whichever is used; none for a name that has none now.</summary>
    internal static IReadOnlyList<InetAddress> All(ServerEndpoint server)
    {
        try
        {
            return AddressesOf(server);
        }
        catch (SocketException)
        {
            return [];
        }
    }

    /// <summary>
    /// The first address, in the resolver's order (RFC 6724), that a route leads to: a name with an IPv6 address is no use to a host
    /// without IPv6. Where none leads anywhere the network may yet come up, and the first is kept.
    /// </summary>
    internal static ServerAddress Choose(ServerEndpoint server, IReadOnlyList<InetAddress> addresses, Func<InetEndpoint, int?> mtuTo)
    {
        var usable = addresses
            .Where(address => !LinkLocal.Contains(address))
            .Select(address => new InetEndpoint(address, server.Port))
            .ToList();
        if (usable.Count == 0)
        {
            throw new DeviceUnavailableException(
                $"the server '{server.Host}' has a link-local address only, which means nothing without its interface "
                + "(give another of its addresses)");
        }

        var ways = usable.Select(endpoint => new ServerAddress(endpoint, mtuTo(endpoint)));
        return ways.FirstOrDefault(way => way.PathMtu is not null) ?? new ServerAddress(usable[0], null);
    }

    private static InetAddress[] AddressesOf(ServerEndpoint server) => [.. Dns.GetHostAddresses(server.Host).Select(InetAddress.From)];
}
