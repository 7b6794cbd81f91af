using UdpTun.Conformance.Table;
using UdpTun.Conformance.Tools;

namespace UdpTun.Conformance.Rfcs;

/// <summary>What nobody waits for: true timer values, and properties over many cases, by unit tests.</summary>
internal static class VirtualTime
{
    internal static IEnumerable<Requirement> Rows { get; } =
    [
        Row("RFC 4787 REQ-5 values", "Sessions end at their true timeouts, not before and not after.", "NatSweepTests"),
        Row("RFC 5382 REQ-5 values", "TCP's states follow every order of SYN, FIN and RST (RFC 7857 section 2).", "TcpTrackerTests"),
        Row("RFC 4787 REQ-14 values", "Fragments wait within fixed bounds of time and memory.", "FragmentTrackerTests"),
        Row("RFC 5508 REQ-3 values", "No bytes of an ICMP error confuse its translation.", "IcmpErrorTranslatorTests"),
        Row("RFC 1624", "A checksum updated word by word is the one computed anew.", "InternetChecksumTests"),
        Row("RFC 4787 model", "The NAT does what a slow and plain one does, whatever comes.", "NatModelTests"),
    ];

    private static Requirement Row(string id, string meaning, string tests) => new(id, meaning, _ =>
    {
        var (passed, failed) = UnitTests.Run(tests);
        return Task.FromResult(new Evidence(passed > 0 && failed == 0, $"in virtual time, {tests}: {passed} passed, {failed} failed"));
    })
    {
        Exits = [Exit.None],
    };
}
