using UdpTun.Net.Admission;
using UdpTun.Net.Flows;

namespace UdpTun.Transport.Secure.Handshakes;

/// <summary>
/// How many initiations a source may send while we are under load: twenty a second, five at once (WireGuard paper, section 5.3). A source is
/// an IPv4 address or an IPv6 network of 64 bits, which one host has at its disposal. On one thread.
/// </summary>
internal sealed class SourceLimits
{
    private const int PerSecond = 20, Burst = 5, V6NetworkBytes = 8;

    /// <summary>Sources remembered; a flood from more than that has cookies to collect first.</summary>
    private const int Most = 4096;

    private static readonly TimeSpan Forgotten = TimeSpan.FromSeconds(1); // after which every bucket is full again

    private readonly Dictionary<InetAddress, (RateLimit Limit, TimeSpan LastUsed)> _sources = [];
    private TimeSpan _swept;

    public bool TryTake(InetAddress source, TimeSpan now)
    {
        Sweep(now);
        var network = NetworkOf(source);
        var limit = _sources.TryGetValue(network, out var known) ? known.Limit
            : _sources.Count < Most ? new RateLimit(PerSecond, Burst)
            : null;
        if (limit is null) return false;
        _sources[network] = (limit, now);
        return limit.TryTake(now);
    }

    private void Sweep(TimeSpan now)
    {
        if (now - _swept < Forgotten) return;
        _swept = now;
        foreach (var (source, (_, lastUsed)) in _sources)
            if (now - lastUsed >= Forgotten) _sources.Remove(source);
    }

    private static InetAddress NetworkOf(InetAddress source)
    {
        if (source.IsV4) return source;
        Span<byte> bytes = stackalloc byte[16];
        source.WriteTo(bytes);
        bytes[V6NetworkBytes..].Clear();
        return InetAddress.FromBytes(bytes);
    }
}
