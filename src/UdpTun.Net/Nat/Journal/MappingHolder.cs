using UdpTun.Net.Flows;

namespace UdpTun.Net.Nat.Journal;

/// <summary>A client that had an outer endpoint, from when to when.</summary>
/// <param name="Client">Who.</param>
/// <param name="Inner">What stood behind the outer endpoint.</param>
/// <param name="From">When it was opened.</param>
/// <param name="Until">
/// When it ended; of <see cref="HolderEnd.Unknown"/>: until when it is known to have been there. Null: it is open.
/// </param>
/// <param name="End">How it ended.</param>
public sealed record MappingHolder(string Client, InetEndpoint Inner, DateTimeOffset From, DateTimeOffset? Until, HolderEnd End)
{
    /// <summary>Of <see cref="HolderEnd.Unknown"/>: when it was over for sure; null: that is not known either.</summary>
    public DateTimeOffset? OverBy { get; init; }

    /// <summary>Whom the client talked to, where that was written down; 1000 of them at most.</summary>
    public IReadOnlyList<(DateTimeOffset At, InetEndpoint Remote)> Contacts { get; init; } = [];
}
