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
    private readonly PeerLines<long> _file = new(
        Path.Combine(peersDirectory, ".used-quotas"), "what peers have used of their quotas", "its bytes", TryParse, warn);

    /// <inheritdoc cref="PeerLines{TValue}.Read"/>
    internal IReadOnlyDictionary<PublicKey, long> Read() => _file.Read();

    /// <inheritdoc cref="PeerLines{TValue}.Save"/>
    internal void Save(IReadOnlyDictionary<PublicKey, long> used) => _file.Save(used);

    /// <summary>Takes a peer out of the file, for a server that does not run: what it has used is forgiven.</summary>
    internal void Forgive(PublicKey peer)
    {
        Save(Read().Where(one => !one.Key.Equals(peer)).ToDictionary());
        // root writes what a server without root has to read.
        if (File.Exists(_file.Path)) FileOwner.Take(_file.Path, peersDirectory);
    }

    private static bool TryParse(string text, out long bytes) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out bytes);
}
