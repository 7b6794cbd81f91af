using System.Buffers;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat.Journal;

namespace UdpTun.Host.Journal;

/// <summary>
/// The mappings that the journal has an opening of and no end. Each new file begins with them, so that a file tells all about its time though
/// the older ones are deleted.
/// </summary>
internal sealed class OpenMappings
{
    private readonly Dictionary<(IpProtocol Protocol, InetEndpoint Outer), MappingRecord> _open = [];

    public int Count => _open.Count;

    /// <summary>Turns an entry into its record and keeps up.</summary>
    public MappingRecord Follow(in JournalEntry entry)
    {
        var key = (entry.Protocol, entry.Outer);
        var record = new MappingRecord(entry.Kind, entry.At)
        {
            Protocol = entry.Protocol,
            Outer = entry.Outer,
            Inner = entry.Inner,
            Remote = entry.Remote,
        };
        if (entry.Kind == MappingRecordKind.Opened)
        {
            record = record with { Client = entry.Client?.Name ?? "?" };
            _open[key] = record with { Kind = MappingRecordKind.StillOpen };
        }
        else if (entry.Kind == MappingRecordKind.Closed)
        {
            // Where its opening is lost, its end is all that is known of it.
            var known = _open.Remove(key, out var opened);
            record = record with
            {
                Client = known ? opened.Client : entry.Client?.Name ?? "?",
                OpenedAt = known ? opened.At : entry.At,
            };
        }

        return record;
    }

    public void WriteTo(IBufferWriter<byte> output)
    {
        foreach (var record in _open.Values) MappingRecordBytes.Write(output, record);
    }
}
