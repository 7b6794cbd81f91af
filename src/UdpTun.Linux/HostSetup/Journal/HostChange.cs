using System.Text.Json.Serialization;

namespace UdpTun.Linux.HostSetup;

/// <summary>One change to the host together with its undoing, as data that a journal keeps.</summary>
[JsonDerivedType(typeof(CommandChange), "command")]
[JsonDerivedType(typeof(SysctlChange), "sysctl")]
[JsonDerivedType(typeof(ReservedPortsChange), "reserved-ports")]
internal abstract record HostChange
{
    /// <summary>What a report calls the change.</summary>
    public abstract string Title();

    /// <summary>Whether all is there that undoing needs, which a line of a damaged journal may lack.</summary>
    [JsonIgnore]
    public abstract bool IsSound { get; }
}

/// <summary>A change made by one run of a program and undone by another. Each array is the program and its arguments.</summary>
internal sealed record CommandChange(string[] Do, string[] Undo, string? Input = null) : HostChange
{
    public override string Title() => string.Join(' ', Do);

    public override bool IsSound => Do is [_, ..] && Undo is [_, ..] && !Do.Concat(Undo).Contains(null);
}

/// <summary>A kernel setting that all instances in a namespace share: the last one writes <paramref name="Before"/> back.</summary>
/// <param name="Key">Path below /proc/sys, such as <c>net/ipv4/ip_forward</c>.</param>
/// <param name="Before">The value before the first instance came.</param>
/// <param name="After">The value we want while we run.</param>
internal sealed record SysctlChange(string Key, string Before, string After) : HostChange
{
    public override string Title() => $"{Key} = {After}";

    public override bool IsSound => Key is not null && Before is not null && After is not null;
}

/// <summary>Ports added to the kernel's list of reserved ones.</summary>
/// <param name="Added">Those that were not in the list, or only through an instance of ours: <c>20000-24999,25001-29999</c>.</param>
internal sealed record ReservedPortsChange(string Added) : HostChange
{
    public override string Title() => $"{ReservedPorts.Key} with {Added}";

    public override bool IsSound => Added is not null && PortSet.TryParse(Added, out _);
}

[JsonSerializable(typeof(HostChange))]
[JsonSerializable(typeof(JournalOwner))]
internal sealed partial class JournalJson : JsonSerializerContext;
