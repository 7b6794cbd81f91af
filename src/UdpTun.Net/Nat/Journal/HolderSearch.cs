using UdpTun.Net.Flows;

namespace UdpTun.Net.Nat.Journal;

/// <summary>
/// Who had an outer endpoint at a time: takes the journal's records in their order, from some time before the one asked for, until
/// <see cref="IsDone"/>.
/// </summary>
/// <param name="protocol">Of the mapping.</param>
/// <param name="outer">As the internet knows it.</param>
/// <param name="from">The beginning of the time asked for.</param>
/// <param name="to">Its end, which is not part of it: whoever names a second means all of it.</param>
public sealed class HolderSearch(IpProtocol protocol, InetEndpoint outer, DateTimeOffset from, DateTimeOffset to)
{
    private const int MostContacts = 1000;

    private readonly List<MappingHolder> _holders = [];
    private readonly List<(DateTimeOffset, InetEndpoint)> _contacts = [];
    private MappingHolder? _open;
    private DateTimeOffset _lastWord = DateTimeOffset.MinValue;

    public InetEndpoint Outer => outer;

    /// <summary>Who had it at the time asked for; more than one when it changed hands then.</summary>
    public IReadOnlyList<MappingHolder> Holders => _holders;

    /// <summary>Who had it last before; null where nobody is known.</summary>
    public MappingHolder? Before { get; private set; }

    /// <summary>Who had it next; null where nobody is known.</summary>
    public MappingHolder? After { get; private set; }

    /// <summary>Since when no server ran at the time asked for; null: one ran, or nothing is known.</summary>
    public DateTimeOffset? StoppedAt { get; private set; }

    /// <summary>Records that are missing in what was looked through.</summary>
    public long Missing { get; private set; }

    /// <summary>Nothing that follows changes the answer, but for <see cref="After"/>.</summary>
    public bool IsPast => _lastWord >= to && _open is null;

    public bool IsDone => IsPast && (_holders.Count > 0 || After is not null);

    public void Add(in MappingRecord record)
    {
        switch (record.Kind)
        {
            case MappingRecordKind.RunStarted:
                End(HolderEnd.Unknown, _lastWord, record.At);
                if (record.At < to) StoppedAt = null;
                break;
            case MappingRecordKind.RunEnded:
                End(HolderEnd.Stopped, record.At);
                if (record.At < from) StoppedAt = record.At;
                break;
            case MappingRecordKind.Lost:
                Missing += record.Missing;
                break;
            default:
                if (record.Protocol == protocol && record.Outer == outer) AddOwn(record);
                break;
        }

        if (record.Kind != MappingRecordKind.StillOpen && record.At > _lastWord) _lastWord = record.At;
    }

    /// <summary>To be called behind the last record.</summary>
    /// <param name="serverRuns">Whether the server that wrote the last records is alive.</param>
    public void Complete(bool serverRuns)
    {
        if (_open is null) return;
        if (serverRuns) Keep(_open with { Contacts = [.. _contacts] });
        else End(HolderEnd.Unknown, _lastWord);
    }

    private void AddOwn(in MappingRecord record)
    {
        if (record.Kind == MappingRecordKind.Contacted)
        {
            if (_open is not null && _contacts.Count < MostContacts) _contacts.Add((record.At, record.Remote));
            return;
        }

        var opened = record.Kind == MappingRecordKind.Closed ? record.OpenedAt : record.At;
        var holder = new MappingHolder(record.Client!, record.Inner, opened, null, HolderEnd.Open);
        if (_open is null || _open with { Contacts = holder.Contacts } != holder)
        {
            // The end of the one before it is among the records that are lost.
            End(HolderEnd.Unknown, _open?.From ?? default, opened);
            _open = holder;
        }

        if (record.Kind == MappingRecordKind.Closed) End(HolderEnd.Closed, record.At);
    }

    private void End(HolderEnd end, DateTimeOffset until, DateTimeOffset? overBy = null)
    {
        if (_open is null) return;
        Keep(_open with { Until = until < _open.From ? _open.From : until, End = end, OverBy = overBy, Contacts = [.. _contacts] });
        _open = null;
        _contacts.Clear();
    }

    private void Keep(MappingHolder holder)
    {
        if (holder.From >= to) After ??= holder;
        else if (LastPossible(holder) < from) Before = holder;
        else _holders.Add(holder);
    }

    private static DateTimeOffset LastPossible(MappingHolder holder) => holder.End switch
    {
        HolderEnd.Open => DateTimeOffset.MaxValue,
        HolderEnd.Unknown => holder.OverBy ?? DateTimeOffset.MaxValue,
        _ => holder.Until!.Value,
    };
}
