using UdpTun.Conformance.Lab;

namespace UdpTun.Conformance.Table;

/// <summary>One row of the table: what an RFC asks, and how it is tried from outside.</summary>
/// <param name="Id">The RFC with the number it gives the requirement, or with the section that makes it.</param>
/// <param name="Meaning">One sentence of ours.</param>
/// <param name="Try">Tries it between the hosts of a laboratory and tells what was seen there.</param>
internal sealed record Requirement(string Id, string Meaning, Func<Laboratory, Task<Evidence>> Try)
{
    private static readonly Exit[] All = [Exit.Masquerade, Exit.PortRange, Exit.Routed];

    /// <summary>The exits under which the outcome may differ.</summary>
    internal IReadOnlyList<Exit> Exits { get; init; } = All;

    /// <summary>What the server is started with beside the exit, as <c>key=value</c> without <c>udptun.</c>; scaled timers are
    /// here.</summary>
    internal IReadOnlyList<string> Server { get; init; } = [];

    /// <summary>The same for both clients.</summary>
    internal IReadOnlyList<string> Client { get; init; } = [];

    /// <summary>Why it cannot hold under masquerade, whatever we do; null where it can.</summary>
    internal string? KernelForbids { get; init; }

    /// <summary>Rows that share a laboratory must leave it as they found it; this one does not, so it gets its own.</summary>
    internal bool Alone { get; init; }
}
