using UdpTun.Net.Flows;
using UdpTun.Net.Nat.Journal;

namespace UdpTun.Host.Journal;

/// <summary>Finds the part of a server's journal that a question is about, and asks it.</summary>
internal static class JournalSearch
{
    /// <summary>Since when the journal tells anything; null: there is none.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static DateTimeOffset? BeginOf(JournalFolder folder) => folder.Files().Select(StartOf).FirstOrDefault(start => start is not null);

    /// <summary>Who had an outer endpoint from one time to another.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static HolderSearch Who(JournalFolder folder, IpProtocol protocol, InetEndpoint outer, DateTimeOffset from, DateTimeOffset to)
    {
        var search = new HolderSearch(protocol, outer, from, to);
        var files = folder.Files();
        // Each file begins with what is open then, so all before the time's own one may be left out.
        var later = files.TakeWhile(file => StartOf(file) is not { } start || start < from).Count();
        foreach (var file in files.Skip(Math.Max(0, later - 1)))
        {
            if (AddAll(file, search)) return search;
        }

        search.Complete(folder.IsTaken());
        return search;
    }

    /// <summary>True when the answer stands.</summary>
    private static bool AddAll(JournalFile file, HolderSearch search)
    {
        using var records = new JournalFileReader(file, search.Outer);
        while (records.TryRead(out var record))
        {
            search.Add(record);
            if (search.IsDone) return true;
        }

        return search.IsPast;
    }

    private static DateTimeOffset? StartOf(JournalFile file)
    {
        using var records = new JournalFileReader(file, null, bufferLength: 512);
        return records.TryRead(out var first) ? first.At : null;
    }
}
