using UdpTun.Host.Cli;
using UdpTun.Host.Configuration;
using UdpTun.Linux.HostSetup;

namespace UdpTun.Host.Secure;

/// <summary>Files that hold secrets: made with mode 0600, and refused when anybody but their owner may read them.</summary>
internal static class SecretFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OthersRead = UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <exception cref="ConfigurationException">Others may read it, or we may not, or there is none.</exception>
    internal static string Read(string path)
    {
        RefuseIfOpen(path);
        return TextFile.Read(path);
    }

    /// <exception cref="ConfigurationException">Others may read it.</exception>
    internal static void RefuseIfOpen(string path)
    {
        if (!File.Exists(path)) return;
        var mode = File.GetUnixFileMode(path);
        if ((mode & OthersRead) == 0) return;
        throw ConfigurationException.At(path,
            $"others may read it (mode {Convert.ToString((int)mode, 8).PadLeft(4, '0')}), but it holds a secret: chmod 600 {path}");
    }

    /// <summary>Makes a new file, whole or not at all; its directory too if it is missing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="text">What it holds.</param>
    /// <param name="ofDirectory">
    /// Whether it, and a directory that is made for it, belongs to whom the one above belongs to, and not to whom we are: root adds peers to a server
    /// that runs without root.
    /// </param>
    /// <exception cref="VerbException">There is one already, or it cannot be written.</exception>
    internal static void Create(string path, string text, bool ofDirectory = true)
    {
        var unfinished = $"{path}.{Environment.ProcessId}.new";
        try
        {
            var directory = MakeDirectoryOf(path, ofDirectory);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly };
            using (var file = new StreamWriter(unfinished, options)) file.Write(text);
            if (ofDirectory) FileOwner.Take(unfinished, directory);
            File.Move(unfinished, path, overwrite: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (File.Exists(unfinished)) File.Delete(unfinished);
            if (File.Exists(path)) throw new VerbException(ExitCode.Failure, $"{path} is there already; it is not written over", e);
            throw e is UnauthorizedAccessException
                ? new VerbException(ExitCode.Privilege, $"{path}: the user {Environment.UserName} may not write there; run this as root", e)
                : new VerbException(ExitCode.Failure, $"{path} cannot be written: {e.Message.TrimEnd('.')}", e);
        }
    }

    /// <summary>Makes the directory of a file if it is missing; see <see cref="Create"/>.</summary>
    internal static string MakeDirectoryOf(string path, bool ofParent = true)
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        MakeDirectory(directory, ofParent);
        return directory;
    }

    private static void MakeDirectory(string directory, bool ofParent)
    {
        if (Directory.Exists(directory)) return;
        var parent = Path.GetDirectoryName(directory)!;
        MakeDirectory(parent, ofParent);
        Directory.CreateDirectory(directory, OwnerOnly | UnixFileMode.UserExecute);
        if (ofParent) FileOwner.Take(directory, parent);
    }
}
