using System.Globalization;
using UdpTun.Linux.HostSetup;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Host.Secure;

/// <summary>
/// What peers have used of their quotas: <c>.used-quotas</c> beside the peers' files, a line a peer. Outlives the server and the host: a quota is
/// for good. One thread at a time.
/// </summary>
internal sealed class UsedQuotas(string peersDirectory, Action<string> warn)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _path = Path.Combine(peersDirectory, ".used-quotas");
    private string? _saved;
    private bool _hasFailed;

    /// <summary>Bytes by peer; empty where nothing was saved, or it cannot be read, of which the user is warned.</summary>
    internal IReadOnlyDictionary<PublicKey, long> Read()
    {
        var used = new Dictionary<PublicKey, long>();
        try
        {
            if (!File.Exists(_path)) return used;
            foreach (var line in File.ReadLines(_path))
            {
                if (line.Split(' ') is [var name, var text] && PublicKey.TryParse(name, out var peer)
                    && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes))
                    used[peer] = bytes;
                else
                    warn($"{_path} has a line that names no peer and its bytes: '{line}'");
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            warn($"what peers have used of their quotas is not known: {_path}: {exception.Message}");
        }

        return used;
    }

    /// <summary>Takes a peer out of the file, for a server that does not run: what it has used is forgiven.</summary>
    internal void Forgive(PublicKey peer)
    {
        Save(Read().Where(one => !one.Key.Equals(peer)).ToDictionary());
        // root writes what a server without root has to read.
        if (File.Exists(_path)) FileOwner.Take(_path, peersDirectory);
    }

    /// <summary>Writes them all where something has changed; when that fails the user is warned, once until it works again.</summary>
    internal void Save(IReadOnlyDictionary<PublicKey, long> used)
    {
        var text = string.Concat(used.OrderBy(peer => $"{peer.Key}", StringComparer.Ordinal)
            .Select(peer => string.Create(CultureInfo.InvariantCulture, $"{peer.Key} {peer.Value}\n")));
        if (text == _saved || (text.Length == 0 && !File.Exists(_path))) return;
        try
        {
            var unfinished = $"{_path}.new";
            File.Delete(unfinished);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly };
            using (var file = new StreamWriter(unfinished, options)) file.Write(text);
            File.Move(unfinished, _path, overwrite: true);
            (_saved, _hasFailed) = (text, false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (!_hasFailed) warn($"what peers have used of their quotas is not saved: {_path}: {exception.Message}");
            _hasFailed = true;
        }
    }
}
