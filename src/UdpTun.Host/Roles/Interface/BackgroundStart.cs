using System.Diagnostics;
using UdpTun.Host.Cli;
using UdpTun.Linux.Processes;

namespace UdpTun.Host.Roles.Interface;

/// <summary>
/// Starts an interface that stays when its caller has gone on, as wg-quick expects it: the program starts itself again in the foreground,
/// waits until wg can talk to that, and ends. What goes wrong before is the child's sentence on standard error and its exit code.
/// </summary>
internal static class BackgroundStart
{
    private const string Mark = "UDPTUN_BACKGROUND", Ready = "ready";

    /// <summary>Whether this process is the one that stays.</summary>
    public static bool IsChild => Environment.GetEnvironmentVariable(Mark) is not null;

    public static async Task<ExitCode> RunAsync(string name, CancellationToken stop)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        // Started as 'dotnet udptun.dll', the program is not the process. Not by Assembly.Location, which a single-file program has none of.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, $"{typeof(BackgroundStart).Assembly.GetName().Name}.dll"));
        start.ArgumentList.Add("--foreground");
        start.ArgumentList.Add(name);
        start.Environment[Mark] = "1";
        using var child = Process.Start(start)!;
        if (await child.StandardOutput.ReadLineAsync(stop) == Ready) return ExitCode.Success;
        await child.WaitForExitAsync(stop);
        return child.ExitCode == 0 ? ExitCode.Failure : (ExitCode)child.ExitCode;
    }

    /// <summary>Lets the parent end, and leaves its terminal. A log that was asked for goes where standard error goes.</summary>
    public static void TellParent()
    {
        Console.Out.WriteLine(Ready);
        Console.Out.Flush();
        Background.Enter(keepsError: InterfaceLog.IsAskedFor);
    }
}
