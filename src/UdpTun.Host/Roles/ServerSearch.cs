using System.Net.Sockets;
using UdpTun.Actors.Settings;
using UdpTun.Net.Flows;

namespace UdpTun.Host.Roles;

/// <summary>
/// Looks for an address of a client's server, for as long as it takes: when a host starts, the tunnel may be there before the resolver answers. No
/// route leads what that one asks for into the tunnel meanwhile, for the host has not been changed yet.
/// </summary>
/// <param name="servers">The server's names or addresses, in their order.</param>
/// <param name="lookUp">Asks the resolver.</param>
/// <param name="pause">Lets time pass.</param>
internal sealed class ServerSearch(
    IReadOnlyList<ServerEndpoint> servers, Func<ServerEndpoint, Task<IReadOnlyList<InetAddress>>> lookUp, Func<TimeSpan, CancellationToken, Task> pause)
{
    private static readonly TimeSpan LeastPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>What the resolver last said of each server. Any thread.</summary>
    public string Obstacle { get; private set; } = "";

    /// <summary>Asks once for each in turn; null: none has an address now.</summary>
    public async Task<Found?> TryAsync(CancellationToken stop)
    {
        var reasons = new List<string>();
        foreach (var server in servers)
        {
            try
            {
                return new Found(server, await lookUp(server).WaitAsync(stop));
            }
            catch (SocketException reason)
            {
                reasons.Add($"the server '{server.Host}' has no address: {reason.Message}");
            }
        }

        Obstacle = string.Join("; ", reasons);
        return null;
    }

    /// <summary>Asks again and again, with longer pauses each time, until one has an address.</summary>
    public async Task<Found> UntilFoundAsync(CancellationToken stop)
    {
        for (var wait = LeastPause; ; wait = wait * 2 < LongestPause ? wait * 2 : LongestPause)
        {
            await pause(wait, stop);
            if (await TryAsync(stop) is { } found) return found;
        }
    }

    /// <param name="Server">As it is set.</param>
    /// <param name="Addresses">In the resolver's order.</param>
    internal sealed record Found(ServerEndpoint Server, IReadOnlyList<InetAddress> Addresses);
}
