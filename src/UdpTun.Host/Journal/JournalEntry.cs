using UdpTun.Net.Flows;
using UdpTun.Net.Nat.Journal;
using UdpTun.Net.Peers;

namespace UdpTun.Host.Journal;

/// <summary>What happened to a mapping, on its way from a loop to the writer, which has the time to find words for it.</summary>
internal readonly record struct JournalEntry(
    MappingRecordKind Kind, DateTimeOffset At, IpProtocol Protocol, InetEndpoint Outer, InetEndpoint Inner, InetEndpoint Remote, Peer? Client);
