using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Host.Secure;

/// <summary>
/// A file with a line for each peer: its public key, a space, and one thing that the server is to know of it in its next run. Mode 0600. One
/// thread at a time.
/// </summary>
/// <param name="path">Where it is.</param>
/// <param name="what">What it says of the peers, for warnings: "where the peers are".</param>
/// <param name="value">What a line says behind the key, for warnings: "its address".</param>
/// <param name="parse">Reads that.</param>
/// <param name="warn">Told what cannot be read or written.</param>
internal sealed class PeerLines<TValue>(string path, string what, string value, PeerLines<TValue>.Parse parse, Action<string> warn)
    where TValue : struct
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private string? _saved;
    private bool _hasFailed;

    internal delegate bool Parse(string text, [MaybeNullWhen(false)] out TValue value);

    internal string Path => path;

    /// <summary>Empty where nothing was saved, or it cannot be read, of which the user is warned.</summary>
    internal IReadOnlyDictionary<PublicKey, TValue> Read()
    {
        var peers = new Dictionary<PublicKey, TValue>();
        try
        {
            if (!File.Exists(path)) return peers;
            foreach (var line in File.ReadLines(path))
            {
                if (line.Split(' ') is [var name, var text] && PublicKey.TryParse(name, out var peer) && parse(text, out var read)) peers[peer] = read;
                else warn($"{path} has a line that names no peer and {value}: '{line}'");
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            warn($"{what} is not known: {path}: {exception.Message}");
        }

        return peers;
    }

    /// <summary>Writes them all where something has changed; when that fails the user is warned, once until it works again.</summary>
    internal void Save(IReadOnlyDictionary<PublicKey, TValue> peers)
    {
        var text = string.Concat(peers.OrderBy(peer => $"{peer.Key}", StringComparer.Ordinal)
            .Select(peer => string.Create(CultureInfo.InvariantCulture, $"{peer.Key} {peer.Value}\n")));
        if (text == _saved || (text.Length == 0 && !File.Exists(path))) return;
        try
        {
            var unfinished = $"{path}.new";
            File.Delete(unfinished);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly };
            using (var file = new StreamWriter(unfinished, options)) file.Write(text);
            File.Move(unfinished, path, overwrite: true);
            (_saved, _hasFailed) = (text, false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (!_hasFailed) warn($"{what} is not saved: {path}: {exception.Message}");
            _hasFailed = true;
        }
    }
}
