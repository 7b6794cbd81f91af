using UdpTun.Host.Cli;
using UdpTun.Linux.HostSetup;

namespace UdpTun.Host.Control.Client;

/// <summary>Finds the instances that run on this host.</summary>
internal sealed class InstanceFinder(string stateDirectory)
{
    /// <summary>All that run, those of this network namespace first.</summary>
    /// <exception cref="VerbException">None runs (7), or we may not look (4).</exception>
    internal async Task<IReadOnlyList<ControlClient>> All(CancellationToken stop)
    {
        var alive = new List<ControlClient>();
        foreach (var place in Places().OrderByDescending(place => place.IsHere))
        {
            var client = new ControlClient(place);
            if (await client.IsAlive(stop)) alive.Add(client);
            else client.Dispose();
        }

        return alive.Count > 0 ? alive : throw new VerbException(
            ExitCode.NotRunning, $"no udptun runs here (looked in {stateDirectory}; --state-directory names another place)");
    }

    /// <summary>
    /// The one that is named, or the only one, or the only server. An instance of this network namespace goes before those of others; where
    /// several namespaces have one of the name, INODE-NAME tells them apart.
    /// </summary>
    /// <exception cref="VerbException">There is none (7), or not only one (2).</exception>
    internal async Task<ControlClient> One(string? name, CancellationToken stop)
    {
        var all = await All(stop);
        var named = all.Where(client => name is null || name == client.Place.Device || name == FullName(client)).ToList();
        var here = named.Where(client => client.Place.IsHere).ToList();
        var chosen = here.Count > 0 ? here : named;
        if (name is null && chosen.Count > 1 && await Servers(chosen, stop) is [var server]) chosen = [server];
        foreach (var other in all.Where(client => chosen.Count != 1 || client != chosen[0])) other.Dispose();
        return chosen switch
        {
            [var only] => only,
            [] => throw new VerbException(ExitCode.NotRunning, $"no instance {name} runs here; there is {Names(all)}"),
            _ => throw new VerbException(ExitCode.Usage, $"say which instance: --instance {Names(chosen, " or ")}"),
        };
    }

    private static async Task<List<ControlClient>> Servers(IEnumerable<ControlClient> clients, CancellationToken stop)
    {
        var servers = new List<ControlClient>();
        foreach (var client in clients)
            if ((await client.Get("/status", ControlJson.Default.StatusAnswer, stop)).Role == "server") servers.Add(client);
        return servers;
    }

    private IReadOnlyList<InstancePlace> Places()
    {
        try
        {
            return InstancePlace.All(stateDirectory);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new VerbException(ExitCode.Privilege, $"{stateDirectory} is not for you: run this as root, or as a member of its group", exception);
        }
    }

    private static string Names(IReadOnlyList<ControlClient> clients, string separator = ", ") => string.Join(separator, clients.Select(client =>
        clients.Count(other => other.Place.Device == client.Place.Device) > 1 ? FullName(client) : client.Place.Device));

    private static string FullName(ControlClient client) => $"{client.Place.Namespace}-{client.Place.Device}";
}
