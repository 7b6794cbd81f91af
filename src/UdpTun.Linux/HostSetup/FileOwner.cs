namespace UdpTun.Linux.HostSetup;

/// <summary>Whom files belong to.</summary>
public static class FileOwner
{
    /// <summary>
    /// Gives a file to whom <paramref name="directory"/> belongs to: what root writes there with mode 0600, a daemon without root has to read.
    /// </summary>
    /// <exception cref="UdpTun.Net.Io.DeviceUnavailableException">Not allowed.</exception>
    public static void Take(string file, string directory) => new CommandRunner().Run("chown", "--reference", directory, file);
}
