using UdpTun.Net.Flows;

namespace UdpTun.Net.Nat.Journal;

/// <summary>One entry of the mapping journal.</summary>
/// <param name="Kind">What it tells; with it which of the members below hold something.</param>
/// <param name="At">When, in UTC, to the millisecond. Of a mapping that is still open: when it was opened.</param>
public readonly record struct MappingRecord(MappingRecordKind Kind, DateTimeOffset At)
{
    /// <summary>Of a mapping.</summary>
    public IpProtocol Protocol { get; init; }

    /// <summary>Of a mapping: the endpoint that the internet knows it by.</summary>
    public InetEndpoint Outer { get; init; }

    /// <summary>Of a mapping but for <see cref="MappingRecordKind.Contacted"/>: the client's own endpoint inside the tunnel.</summary>
    public InetEndpoint Inner { get; init; }

    /// <summary>The same: who the client is, 255 bytes of UTF-8 at most. Null where another outer endpoint was asked for.</summary>
    public string? Client { get; init; }

    /// <summary>Of a closed mapping: when it was opened.</summary>
    public DateTimeOffset OpenedAt { get; init; }

    /// <summary>Whom the client talked to, of <see cref="MappingRecordKind.Contacted"/>.</summary>
    public InetEndpoint Remote { get; init; }

    /// <summary>How many records are missing, of <see cref="MappingRecordKind.Lost"/>.</summary>
    public long Missing { get; init; }
}
