using UdpTun.Net.Io;

namespace UdpTun.Linux.HostSetup;

/// <summary>
/// Undoes journals, last change first. One change that cannot be undone does not keep the others from it. The state directory
/// is locked by the caller.
/// </summary>
internal sealed class Undoing(StateDirectory state, CommandRunner commands)
{
    private readonly List<string> _undone = [];
    private readonly List<string> _failed = [];

    public IReadOnlyList<string> Undone => _undone;

    public IReadOnlyList<string> Failed => _failed;

    /// <summary>Undoes what <paramref name="instance"/>'s journal lists and removes the instance's directory.</summary>
    public void Undo(InstanceDirectory instance, JournalOwner here)
    {
        var (owner, changes, damagedLine) = JournalFile.Read(instance.JournalPath);
        if (damagedLine is { } line && (owner is null || owner == here))
        {
            _failed.Add($"{instance.Device}: line {line} of {instance.JournalPath} cannot be read: what it and the lines behind it changed "
                + "stays as it is ('ip address', 'ip rule' and 'nft list ruleset' show it)");
        }

        // A namespace that is gone took its changes along, and this one may not suffer for having inherited its inode.
        if (owner == here)
        {
            for (var index = changes.Count - 1; index >= 0; index--) Undo(changes[index], instance, here);
        }

        instance.Delete();
    }

    private void Undo(HostChange change, InstanceDirectory instance, JournalOwner here)
    {
        try
        {
            if (change is CommandChange command) commands.Run(command.Undo[0], command.Undo[1..]);
            else if (change is SysctlChange sysctl && !IsNeededElsewhere(sysctl, instance, here)) Restore(sysctl);
            else if (change is ReservedPortsChange ports) ReservedPorts.Remove(ports, LivingOthers(instance, here), here);
            _undone.Add($"{instance.Device}: {change.Title()}");
        }
        catch (Exception exception) when (exception is DeviceUnavailableException or IOException or UnauthorizedAccessException)
        {
            _failed.Add($"{instance.Device}: {exception.Message}");
        }
    }

    private static void Restore(SysctlChange change)
    {
        if (Sysctl.TryRead(change.Key) == change.After) Sysctl.Write(change.Key, change.Before);
    }

    /// <summary>Whether another living instance of this namespace wants the setting as it is; a crashed one does not count.</summary>
    private bool IsNeededElsewhere(SysctlChange change, InstanceDirectory instance, JournalOwner here) =>
        LivingOthers(instance, here).Any(other => SharedSysctls.In(other, here).Any(shared => shared.Key == change.Key));

    private IEnumerable<InstanceDirectory> LivingOthers(InstanceDirectory instance, JournalOwner here) =>
        state.InstancesOf(here).Where(other => other.Path != instance.Path && IsAlive(other));

    private static bool IsAlive(InstanceDirectory instance)
    {
        using var probe = instance.TryLock();
        return probe is null;
    }
}
