using UdpTun.Net.Flows;
using UdpTun.Net.PortMapping;

namespace UdpTun.Net.Nat;

/// <summary>
/// A static mapping and the client that it leads to at present. Clients are told apart by their address and port outside the tunnel, which
/// change, and two may bear one inner address; so it leads to the client that sends from the inner address, and to another only when that one has
/// been silent for <see cref="Grace"/>: nobody takes it from a client that is there.
/// </summary>
internal sealed class StaticBinding(StaticMapping rule, InetEndpoint outer)
{
    /// <summary>How long a client is silent before another with its inner address takes its place.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    public StaticMapping Rule => rule;

    public InetEndpoint Outer => outer;

    /// <summary>
    /// Whether the outer endpoint is its own, for as long as the policy has it. Not so while flows that were there before it still use it.
    /// </summary>
    public bool HasPort { get; set; }

    /// <summary>Leads to the client; null while nobody has sent from the inner address.</summary>
    public NatMapping? Mapping { get; set; }

    /// <summary>When the client last sent from the inner address.</summary>
    public TimeSpan LastSent { get; set; }
}
