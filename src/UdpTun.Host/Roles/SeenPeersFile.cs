using UdpTun.Net.Flows;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Host.Roles;

/// <summary>
/// Where a server's peers were when it stopped: <c>INODE-DEVICE.peers</c> in the state directory, a line a peer. The next run calls them
/// itself, where they would notice only after 15 seconds that the server has lost its keys. Read once and deleted.
/// </summary>
internal sealed class SeenPeersFile(string path, Action<string> warn)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static SeenPeersFile Of(RoleHost host)
    {
        var inode = new string([.. (new FileInfo("/proc/self/ns/net").LinkTarget ?? "").Where(char.IsAsciiDigit)]);
        return new SeenPeersFile(Path.Combine(host.Context.Settings.StateDirectory, $"{inode}-{host.Device}.peers"), host.Context.Warn);
    }

    /// <summary>Empty where nothing was saved, or it cannot be read, of which the user is warned.</summary>
    public IReadOnlyDictionary<PublicKey, InetEndpoint> Take()
    {
        var seen = new Dictionary<PublicKey, InetEndpoint>();
        try
        {
            if (!File.Exists(path)) return seen;
            foreach (var line in File.ReadLines(path))
            {
                if (line.Split(' ') is [var key, var place] && PublicKey.TryParse(key, out var peer) && InetEndpoint.TryParse(place, out var endpoint))
                    seen[peer] = endpoint;
                else
                    warn($"{path} has a line that names no peer and its address: '{line}'");
            }

            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            warn($"it is not known where the peers were in the last run: {path}: {exception.Message}");
        }

        return seen;
    }

    /// <summary>Writes them all, or none when it fails, of which the user is warned.</summary>
    public void Save(IReadOnlyDictionary<PublicKey, InetEndpoint> seen)
    {
        if (seen.Count == 0) return;
        try
        {
            var unfinished = $"{path}.new";
            File.Delete(unfinished);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly };
            using (var text = new StreamWriter(unfinished, options))
                foreach (var (key, endpoint) in seen) text.Write($"{key} {endpoint}\n");
            File.Move(unfinished, path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            warn($"where the peers are is not saved: {path}: {exception.Message}");
        }
    }
}
