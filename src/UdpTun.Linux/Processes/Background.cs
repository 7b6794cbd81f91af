using System.Globalization;
using UdpTun.Linux.Interop;

namespace UdpTun.Linux.Processes;

/// <summary>Takes this process away from the terminal that it was started from.</summary>
public static class Background
{
    private const string OpenFiles = "/proc/self/fd";
    private const int StandardInput = 0, StandardOutput = 1, StandardError = 2;

    /// <summary>Begins a session of its own, which no terminal ends, and lets go of the standard streams, so that nobody waits for their end.</summary>
    /// <param name="keepsError">Whether standard error stays what it is, for a log that somebody asked for.</param>
    public static void Enter(bool keepsError)
    {
        Unistd.setsid(); // refused where the process leads a group already, which then nobody else ends either
        using var nowhere = new FileDescriptor(Fcntl.open("/dev/null", Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0));
        if (nowhere.IsInvalid) throw LinuxCall.Failed("open", "/dev/null", LastErrno.Value);
        Release(nowhere, StandardInput);
        Release(nowhere, StandardOutput);
        if (!keepsError) Release(nowhere, StandardError);
    }

    // With its duplicates: .NET's console writes to one of its own.
    private static void Release(FileDescriptor nowhere, int stream)
    {
        var what = TargetOf($"{OpenFiles}/{stream}");
        foreach (var file in Directory.GetFiles(OpenFiles).Where(file => TargetOf(file) == what))
        {
            if (Unistd.dup2(nowhere, int.Parse(Path.GetFileName(file), CultureInfo.InvariantCulture)) < 0)
                throw LinuxCall.Failed("dup2", "/dev/null", LastErrno.Value);
        }
    }

    private static string? TargetOf(string link)
    {
        try
        {
            return File.ResolveLinkTarget(link, returnFinalTarget: false)?.FullName;
        }
        catch (IOException)
        {
            return null; // closed meanwhile
        }
    }
}
