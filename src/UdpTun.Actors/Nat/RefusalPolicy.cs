using UdpTun.Net.Counters;

namespace UdpTun.Actors.Nat;

/// <summary>Which refusals of a flow are somebody's decision, to be told to the client and to the operator, and whose.</summary>
internal static class RefusalPolicy
{
    /// <summary>The setting by which flows are refused for this reason; null where no policy refuses.</summary>
    public static string? SettingBehind(DropReason reason) => reason switch
    {
        DropReason.ForbiddenDestination => "udptun.server.allowed-destinations",
        DropReason.TooManySessions => "udptun.nat.max-sessions-per-client",
        DropReason.TooManySessionsFromOutside => "udptun.nat.max-percent-from-outside",
        DropReason.TooManyMappings => "udptun.nat.max-mappings-per-client",
        DropReason.PortsExhausted => "udptun.nat.ports",
        DropReason.PeerForbiddenDestination => "the peer's denied-destinations",
        DropReason.PeerTooManySessions => "the peer's max-sessions",
        DropReason.PeerTooManyNewFlows => "the peer's max-new-flows",
        DropReason.PeerQuotaExhausted => "the peer's quota",
        DropReason.UnroutedSource => "udptun.server.inner-routes",
        DropReason.InnerEndpointTaken => "udptun.nat.untranslated-destinations",
        DropReason.NoOuterAddress => "udptun.nat.address",
        _ => null,
    };
}
