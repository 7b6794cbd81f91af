// Stage: behind the opening of a peer's datagrams, in front of their sealing, and where the NAT opens a session. Thread: the loop.
// Memory: nothing allocated.
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;

namespace UdpTun.Net.Admission;

/// <summary>How much of its limits a peer has used.</summary>
/// <param name="limits">What it may take.</param>
/// <param name="usedBytes">Of its quota, before.</param>
public sealed class PeerAllowance(PeerLimits limits, long usedBytes = 0)
{
    private readonly RateLimit? _newFlows = limits.NewFlowsPerSecond is { } flows ? new RateLimit(flows, flows) : null;
    private readonly ByteRate? _received = limits.BytesPerSecond is { } bytes ? new ByteRate(bytes) : null;
    private readonly ByteRate? _sent = limits.BytesPerSecond is { } bytes ? new ByteRate(bytes) : null;
    private readonly InetPrefix[] _allowed = [.. limits.AllowedDestinations];
    private readonly InetPrefix[] _denied = [.. limits.DeniedDestinations];
    private long _usedBytes = usedBytes;

    public PeerLimits Limits { get; } = limits;

    /// <summary>Bytes that passed, both directions together. Any thread.</summary>
    public long UsedBytes => Volatile.Read(ref _usedBytes);

    /// <summary>For what the peer has sent.</summary>
    /// <returns>None, PeerQuotaExhausted or PeerRateExceeded.</returns>
    public DropReason Receive(int bytes, TimeSpan now) => Pass(_received, bytes, now);

    /// <summary>For what goes to the peer.</summary>
    /// <returns>None, PeerQuotaExhausted or PeerRateExceeded.</returns>
    public DropReason Send(int bytes, TimeSpan now) => Pass(_sent, bytes, now);

    /// <summary>For a flow that the peer begins.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="sessions">That the peer has already.</param>
    /// <param name="now">The time on the line's clock.</param>
    /// <param name="opens">Whether the server's own rule about destinations is not to be asked any more.</param>
    /// <returns>None, or why the flow is refused.</returns>
    public DropReason Begin(InetAddress destination, int sessions, TimeSpan now, out bool opens)
    {
        opens = false;
        if (Holds(_denied, destination)) return DropReason.PeerForbiddenDestination;
        opens = Holds(_allowed, destination);
        if (IsQuotaUsed) return DropReason.PeerQuotaExhausted;
        if (sessions >= Limits.MaxSessions) return DropReason.PeerTooManySessions;
        return _newFlows is null || _newFlows.TryTake(now) ? DropReason.None : DropReason.PeerTooManyNewFlows;
    }

    /// <summary>For a flow that somebody else begins towards the peer: the peer's rate of its own is its own.</summary>
    /// <returns>None, or why the flow is refused.</returns>
    public DropReason Accept(int sessions) =>
        IsQuotaUsed ? DropReason.PeerQuotaExhausted
        : sessions >= Limits.MaxSessions ? DropReason.PeerTooManySessions
        : DropReason.None;

    private bool IsQuotaUsed => _usedBytes >= Limits.Quota;

    private DropReason Pass(ByteRate? rate, int bytes, TimeSpan now)
    {
        if (IsQuotaUsed) return DropReason.PeerQuotaExhausted;
        if (rate is not null && !rate.TryTake(bytes, now)) return DropReason.PeerRateExceeded;
        // Written on the loop alone; volatile for readers elsewhere.
        Volatile.Write(ref _usedBytes, _usedBytes + bytes);
        return DropReason.None;
    }

    private static bool Holds(InetPrefix[] prefixes, InetAddress address)
    {
        foreach (var prefix in prefixes)
            if (prefix.Contains(address)) return true;
        return false;
    }
}
