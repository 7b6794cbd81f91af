using UdpTun.Comparison.Lab;

namespace UdpTun.Comparison.Contenders;

/// <summary>One way from the client to the internet.</summary>
/// <param name="name">As the tables and <c>--only</c> call it.</param>
/// <param name="kind">What it is compared as.</param>
internal abstract class Contender(string name, Kind kind)
{
    public string Name { get; } = name;

    public Kind Kind { get; } = kind;

    /// <summary>What it is, with its version where it has one; complete once it has started.</summary>
    public virtual string Description => Name;

    /// <summary>
    /// Sets the way up between the laboratory's namespaces. What it starts through the laboratory ends with it, and counts as the tunnel's
    /// processes.
    /// </summary>
    /// <exception cref="InvalidOperationException">It cannot be had on this machine; the message says why.</exception>
    public abstract Task Start(Laboratory lab);
}

/// <summary>What a contender is compared as.</summary>
internal enum Kind
{
    /// <summary>Packets stay in the kernel.</summary>
    Kernel,

    /// <summary>What a userspace tunnel can reach at most: carries bytes and does nothing else.</summary>
    Ceiling,

    /// <summary>A userspace tunnel that people use today.</summary>
    Peer,

    /// <summary>UdpTun.</summary>
    Ours,
}
