namespace UdpTun.Linux.HostSetup;

/// <summary>Where an instance (a device name in a network namespace) keeps what belongs to one run of it.</summary>
/// <param name="Device">The TUN's name, which is the instance's.</param>
/// <param name="Namespace">The inode of its network namespace.</param>
/// <param name="IsHere">Whether that is the namespace of the calling thread.</param>
/// <param name="Directory">Its part of the state directory; it goes with the instance.</param>
public sealed record InstancePlace(string Device, string Namespace, bool IsHere, string Directory)
{
    /// <summary>The socket that it is asked and told things by, while it runs.</summary>
    public string ControlSocket { get; } = Path.Combine(Directory, "control");

    /// <summary>All places of a state directory, of every namespace, of instances that live or were killed; by device and namespace.</summary>
    /// <exception cref="UnauthorizedAccessException">The directory is there, and not for us to see.</exception>
    public static IReadOnlyList<InstancePlace> All(string stateDirectory)
    {
        var here = JournalOwner.Current().Inode;
        if (!System.IO.Directory.Exists(stateDirectory)) return [];
        return
        [
            .. System.IO.Directory.EnumerateDirectories(stateDirectory, "*-*").Select(path => Of(path, here))
                .OrderBy(place => place.Device, StringComparer.Ordinal).ThenBy(place => place.Namespace, StringComparer.Ordinal),
        ];
    }

    internal static InstancePlace Of(string path, string here)
    {
        var parts = Path.GetFileName(path).Split('-', 2);
        return new InstancePlace(parts[1], parts[0], parts[0] == here, path);
    }
}
