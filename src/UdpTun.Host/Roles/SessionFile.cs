using UdpTun.Net.Admission;
using UdpTun.Net.Nat;
using UdpTun.Net.Nat.Saving;
using UdpTun.Net.Peers;

namespace UdpTun.Host.Roles;

/// <summary>
/// The sessions, held mappings and ports at rest of a server between two of its runs: <c>INODE-DEVICE.sessions</c> in the state directory, beside the
/// instance's journal. Read once and deleted, so that a run after a crash begins empty and not with what was long ago.
/// </summary>
internal sealed class SessionFile(string path, TimeProvider clock, Action<string> warn)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>
    /// The files of an instance, whose name has its network namespace in it: another namespace's sessions are not ours. One a shard, and
    /// what as many shards have saved only: among another number, the ports and the clients are shared out otherwise.
    /// </summary>
    /// <param name="instance">The instance's part of the state directory; the files lie beside it.</param>
    /// <param name="shards">1 or more.</param>
    /// <param name="warn">Told what is lost.</param>
    public static IReadOnlyList<SessionFile> OfShards(string instance, int shards, Action<string> warn)
    {
        var paths = Enumerable.Range(1, shards)
            .Select(shard => shards == 1 ? $"{instance}.sessions" : $"{instance}.{shard}of{shards}.sessions").ToList();
        DeleteOthers(instance, paths, warn);
        return [.. paths.Select(path => new SessionFile(path, TimeProvider.System, warn))];
    }

    private static void DeleteOthers(string instance, IReadOnlyList<string> paths, Action<string> warn)
    {
        var (stateDirectory, name) = (Path.GetDirectoryName(instance)!, Path.GetFileName(instance));
        if (!Directory.Exists(stateDirectory)) return;
        string[] patterns = [$"{name}.sessions", $"{name}.*of*.sessions"];
        var others = patterns.SelectMany(pattern => Directory.GetFiles(stateDirectory, pattern))
            .ExceptBy(paths.Select(Path.GetFileName), Path.GetFileName).ToList();
        if (others.Count > 0) warn("the sessions of the last run are lost: it had another number of shards (udptun.shards)");
        others.ForEach(File.Delete);
    }

    /// <returns>Sessions put back; 0 where nothing was saved or it cannot be read, of which the user is warned.</returns>
    public int Restore(NatTable table, IPeerRegistry peers, DestinationPolicy destinations)
    {
        try
        {
            if (!File.Exists(path)) return 0;
            using var text = new StreamReader(path);
            File.Delete(path);
            var snapshot = SnapshotText.Read(text, out var takenAt);
            // A clock that was set back must not make sessions younger than they were.
            var down = TimeSpan.FromTicks(Math.Max(0, (clock.GetUtcNow() - takenAt).Ticks));
            return snapshot.Restore(table, peers, destinations, down, Now);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            warn($"the sessions of the last run are lost: {path}: {exception.Message}");
            return 0;
        }
    }

    /// <summary>Writes all sessions, or none when it fails, of which the user is warned.</summary>
    public void Save(NatTable table, IPeerRegistry peers)
    {
        if (table.SessionCount == 0 && !table.Held.Any() && !table.Resting.Any()) return;
        try
        {
            var unfinished = $"{path}.new";
            File.Delete(unfinished);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly };
            using (var text = new StreamWriter(unfinished, options))
                SnapshotText.Write(text, NatSnapshot.Take(table, peers, Now), clock.GetUtcNow());
            File.Move(unfinished, path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            warn($"the sessions are not saved: {path}: {exception.Message}");
        }
    }

    // The same clock as LineContext.Now.
    private TimeSpan Now => clock.GetElapsedTime(0);
}
