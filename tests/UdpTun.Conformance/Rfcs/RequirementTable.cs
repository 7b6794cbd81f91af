using UdpTun.Conformance.Table;

namespace UdpTun.Conformance.Rfcs;

/// <summary>Every row, in the order of the report.</summary>
internal static class RequirementTable
{
    internal static IReadOnlyList<Requirement> Rows { get; } =
    [
        .. Rfc4787Mapping.Rows,
        .. Rfc4787Timers.Rows,
        .. Rfc4787Filtering.Rows,
        .. Rfc4787Packets.Rows,
        .. Rfc5382.Rows,
        .. Rfc5508.Rows,
        .. Rfc7857.Rows,
        .. Rfc6888.Rows,
        .. Rfc6056.Rows,
        .. HopsAndRates.Rows,
        .. Carriage.Rows,
        .. Ipv6.Rows,
        .. VirtualTime.Rows,
        .. Operation.Rows,
        .. Scenarios.Rows,
    ];
}
