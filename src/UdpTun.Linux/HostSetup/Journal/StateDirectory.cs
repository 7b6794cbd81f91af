using UdpTun.Net.Io;

namespace UdpTun.Linux.HostSetup;

/// <summary>
/// Where instances keep their journals: <c>PATH/INODE-DEVICE/journal</c> beside a lock file that is held for as long as the
/// instance lives. One more lock, over the whole directory, is held while anyone opens, undoes or removes a journal and
/// while a shared setting changes hands.
/// </summary>
internal sealed class StateDirectory(string path)
{
    // The group may look in: the control socket is its to use. What it may not read is closed by its own mode.
    private const UnixFileMode OwnerAndGroup = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;

    public bool Exists => Directory.Exists(path);

    public FileLock Lock()
    {
        try
        {
            Directory.CreateDirectory(path, OwnerAndGroup);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            var fault = exception is UnauthorizedAccessException ? DeviceFault.Privilege : DeviceFault.Other;
            throw new DeviceUnavailableException(
                $"mkdir {path}: {exception.Message} (run as root, or set udptun.state-directory)", fault, exception);
        }

        return FileLock.Take(Path.Combine(path, "lock"));
    }

    public InstanceDirectory Instance(JournalOwner owner, string device)
    {
        var directory = Path.Combine(path, $"{owner.Inode}-{device}");
        Directory.CreateDirectory(directory, OwnerAndGroup);
        return new InstanceDirectory(directory);
    }

    /// <summary>The instances whose directories bear this namespace's inode, alive or not.</summary>
    public IEnumerable<InstanceDirectory> InstancesOf(JournalOwner owner) =>
        Directory.EnumerateDirectories(path, $"{owner.Inode}-*").Order().Select(directory => new InstanceDirectory(directory));
}

/// <summary>One instance's part of the state directory.</summary>
internal sealed class InstanceDirectory(string path)
{
    public string Path { get; } = path;

    public string Device { get; } = System.IO.Path.GetFileName(path).Split('-', 2)[1];

    public string JournalPath { get; } = System.IO.Path.Combine(path, "journal");

    /// <summary>Takes the instance's lock, or null when the instance is alive.</summary>
    public FileLock? TryLock() => FileLock.TryTake(System.IO.Path.Combine(Path, "lock"));

    public void Delete() => Directory.Delete(Path, recursive: true);
}
