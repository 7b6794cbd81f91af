namespace UdpTun.Linux.HostSetup;

/// <summary>
/// Settings that several instances of one namespace need at once. There is no list of users to fall out of step: the journals
/// are the list. Whoever comes second finds the setting's first value in the journal of whoever came before, crashed or not.
/// </summary>
internal static class SharedSysctls
{
    /// <summary>
    /// The change that brings <paramref name="key"/> to <paramref name="value"/>; the state directory is locked by the caller.
    /// </summary>
    public static SysctlChange Plan(StateDirectory state, JournalOwner here, string key, string value)
    {
        var current = Sysctl.TryRead(key) ?? "";
        var inherited = state.InstancesOf(here)
            .SelectMany(instance => In(instance, here))
            .FirstOrDefault(change => change.Key == key && change.After == current);
        return new SysctlChange(key, inherited?.Before ?? current, value);
    }

    /// <summary>The settings that an instance of this namespace lists in its journal.</summary>
    public static IEnumerable<SysctlChange> In(InstanceDirectory instance, JournalOwner here)
    {
        var journal = JournalFile.Read(instance.JournalPath);
        return journal.Owner == here ? journal.Changes.OfType<SysctlChange>() : [];
    }
}
