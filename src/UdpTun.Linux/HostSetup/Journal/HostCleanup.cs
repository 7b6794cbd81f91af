namespace UdpTun.Linux.HostSetup;

/// <summary>Undoes what crashed instances left in the network namespace of the calling thread.</summary>
public static class HostCleanup
{
    /// <summary>Running instances and those of other namespaces are left alone. Each start does the same for its own device.</summary>
    /// <param name="stateDirectory">Such as /run/udptun; a missing one means that there is nothing to do.</param>
    public static CleanupReport Run(string stateDirectory)
    {
        var state = new StateDirectory(stateDirectory);
        var commands = new CommandRunner();
        var guards = RestartGuard.LowerAll(commands);
        if (!state.Exists) return new CleanupReport(guards, [], []);
        var running = new List<string>();
        var undoing = new Undoing(state, commands);
        var here = JournalOwner.Current();
        using var all = state.Lock();
        foreach (var instance in state.InstancesOf(here))
        {
            using var held = instance.TryLock();
            if (held is null) running.Add(instance.Device);
            else undoing.Undo(instance, here);
        }

        return new CleanupReport([.. undoing.Undone, .. guards], undoing.Failed, running);
    }
}
