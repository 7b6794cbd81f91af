namespace UdpTun.Linux.HostSetup;

/// <summary>
/// The ports that the kernel gives to no socket by itself (net.ipv4.ip_local_reserved_ports), a list that others write to as well:
/// we add what is missing and take out what we added. The state directory is locked by the caller.
/// </summary>
internal static class ReservedPorts
{
    public const string Key = "net/ipv4/ip_local_reserved_ports";

    /// <summary>
    /// The change that adds <paramref name="ports"/>. What another instance added is ours too: whoever stops last takes it out.
    /// </summary>
    public static ReservedPortsChange Plan(StateDirectory state, JournalOwner here, string ports)
    {
        var foreign = Current().Without(AddedBy(state.InstancesOf(here), here));
        return new ReservedPortsChange(PortSet.Parse(ports).Without(foreign).ToString());
    }

    public static void Add(ReservedPortsChange change) => Write(Current().With(PortSet.Parse(change.Added)));

    /// <summary>Takes the ports out again, but for those that <paramref name="others"/> still need.</summary>
    public static void Remove(ReservedPortsChange change, IEnumerable<InstanceDirectory> others, JournalOwner here) =>
        Write(Current().Without(PortSet.Parse(change.Added).Without(AddedBy(others, here))));

    private static PortSet Current() => PortSet.Parse(Sysctl.TryRead(Key) ?? "");

    // The kernel takes no notice of a write of nothing at all: the line's end is what empties the list.
    private static void Write(PortSet ports) => Sysctl.Write(Key, $"{ports}\n");

    private static PortSet AddedBy(IEnumerable<InstanceDirectory> instances, JournalOwner here) => instances
        .Select(instance => JournalFile.Read(instance.JournalPath))
        .Where(journal => journal.Owner == here)
        .SelectMany(journal => journal.Changes.OfType<ReservedPortsChange>())
        .Aggregate(PortSet.Empty, (ports, change) => ports.With(PortSet.Parse(change.Added)));
}
