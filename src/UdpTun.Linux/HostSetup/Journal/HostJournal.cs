using UdpTun.Net.Io;

namespace UdpTun.Linux.HostSetup;

/// <summary>
/// Everything one instance (a device name in a network namespace) changes on its host, written down before it is done. Holds the
/// instance's lock while it lives, so there is one instance of a name, and nobody undoes the changes of one that runs.
/// Disposing undoes all changes, last first. Thread-safe.
/// </summary>
public sealed class HostJournal : IDisposable
{
    private readonly Lock _gate = new();
    private readonly StateDirectory _state;
    private readonly JournalOwner _owner;
    private readonly InstanceDirectory _instance;
    private readonly FileLock _lock;
    private readonly JournalFile _file;
    private readonly CommandRunner _commands;
    private readonly Action<string>? _warn;
    private bool _disposed;

    private HostJournal(
        StateDirectory state, JournalOwner owner, InstanceDirectory instance, FileLock held, CommandRunner commands, Action<string>? warn)
    {
        (_state, _owner, _instance, _lock, _commands, _warn) = (state, owner, instance, held, commands, warn);
        _file = JournalFile.Create(instance.JournalPath, owner);
    }

    /// <summary>The device whose instance this is.</summary>
    public string Device => _instance.Device;

    /// <summary>Where the instance keeps what belongs to this run.</summary>
    public InstancePlace Place => InstancePlace.Of(_instance.Path, _owner.Inode);

    internal CommandRunner Commands => _commands;

    /// <summary>
    /// Undoes what a crash of the same instance left behind and begins a new journal, in the network namespace of the calling thread.
    /// </summary>
    /// <param name="stateDirectory">Such as /run/udptun; made when missing.</param>
    /// <param name="device">The TUN's name.</param>
    /// <param name="warn">Told, in one sentence each, what was or could not be undone.</param>
    /// <exception cref="DeviceUnavailableException">An instance of that name is running, or the directory is not writable.</exception>
    public static HostJournal Open(string stateDirectory, string device, Action<string>? warn = null) =>
        Open(stateDirectory, device, new CommandRunner(), warn);

    internal static HostJournal Open(string stateDirectory, string device, CommandRunner commands, Action<string>? warn)
    {
        DeviceName.Check(device);
        var state = new StateDirectory(stateDirectory);
        var owner = JournalOwner.Current();
        using var all = state.Lock();
        var instance = state.Instance(owner, device);
        if (instance.TryLock() is not { } held) throw Running(device);
        if (File.Exists(instance.JournalPath))
        {
            var undoing = new Undoing(state, commands);
            undoing.Undo(instance, owner);
            if (undoing.Undone.Count > 0) warn?.Invoke($"{device}: undid {undoing.Undone.Count} changes that an earlier run left behind");
            foreach (var failure in undoing.Failed) warn?.Invoke($"left by an earlier run and not undone: {failure}");
            // The directory went with its lock file: the lock that counts is on a new one.
            held.Dispose();
            instance = state.Instance(owner, device);
            held = instance.TryLock() ?? throw Running(device);
        }

        return new HostJournal(state, owner, instance, held, commands, warn);
    }

    /// <summary>Writes a change down and makes it; one that fails is taken off the list again.</summary>
    internal void Make(CommandChange change)
    {
        lock (_gate) Make(change, () => _commands.RunWithInput(change.Input, change.Do[0], change.Do[1..]));
    }

    /// <summary>Brings a shared setting to a value. Nothing is written where it holds already, but the claim on it is.</summary>
    internal void SetSysctl(string key, string value)
    {
        lock (_gate)
        {
            using var all = _state.Lock();
            var change = SharedSysctls.Plan(_state, _owner, key, value);
            Make(change, () =>
            {
                if (Sysctl.TryRead(key) != value) Sysctl.Write(key, value);
            });
        }
    }

    /// <summary>Keeps the kernel from giving ports to sockets, beside whatever ports others reserved.</summary>
    internal void ReservePorts(string ports)
    {
        lock (_gate)
        {
            using var all = _state.Lock();
            var change = ReservedPorts.Plan(_state, _owner, ports);
            Make(change, () => ReservedPorts.Add(change));
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
            using var all = _state.Lock();
            _file.Dispose();
            var undoing = new Undoing(_state, _commands);
            undoing.Undo(_instance, _owner);
            _lock.Dispose();
            foreach (var failure in undoing.Failed) _warn?.Invoke($"not undone: {failure}");
        }
    }

    /// <summary>Lets go of the instance without undoing anything, as the kernel does for a process that is killed.</summary>
    internal void Abandon()
    {
        _disposed = true;
        _file.Dispose();
        _lock.Dispose();
    }

    private void Make(HostChange change, Action apply)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var position = _file.Position;
        try
        {
            _file.Append(change);
            apply();
        }
        catch
        {
            _file.TakeBack(position);
            throw;
        }
    }

    private static DeviceUnavailableException Running(string device) => new(
        $"an instance of udptun is already running on {device} in this network namespace (stop it, or choose another name with udptun.tun.name)");
}
