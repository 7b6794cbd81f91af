using System.ComponentModel;
using System.Diagnostics;
using UdpTun.Net.Io;

namespace UdpTun.Linux.HostSetup;

/// <summary>
/// Runs the distribution's programs (ip, nft) and waits for them. A child belongs to the network namespace of the thread that
/// starts it. A restricted PATH is no obstacle: the system directories are searched too.
/// </summary>
internal sealed class CommandRunner(string? searchPath = null)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly string _searchPath = searchPath ?? $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin:/usr/bin:/bin";

    public bool Has(string program) => Find(program) is not null;

    /// <summary>Runs a program that must succeed and returns what it printed.</summary>
    /// <exception cref="DeviceUnavailableException">It is not installed, or failed: its own words follow, whole.</exception>
    public string Run(string program, params IReadOnlyList<string> arguments) => RunWithInput(null, program, arguments);

    /// <inheritdoc cref="Run"/>
    public string RunWithInput(string? input, string program, params IReadOnlyList<string> arguments)
    {
        var result = Try(input, program, arguments);
        if (result.Succeeded) return result.Output;
        var privilege = result.Error.Contains("Operation not permitted") || result.Error.Contains("Permission denied");
        var remedy = privilege ? " (needs CAP_NET_ADMIN: run as root)" : "";
        throw new DeviceUnavailableException(
            $"{program} {string.Join(' ', arguments)}: {result.Error.Trim()}{remedy}", privilege ? DeviceFault.Privilege : DeviceFault.Other);
    }

    /// <summary>Runs a program that may fail.</summary>
    /// <exception cref="DeviceUnavailableException">It is not installed or does not end.</exception>
    public CommandResult Try(string? input, string program, params IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(Find(program) ?? throw Missing(program), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["LC_ALL"] = "C" },
        };
        using var process = Start(start, program);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        // A child of the program's own may outlive it and keep the pipes open, so what it says has a limit too.
        if (!process.WaitForExit(Patience) || !Task.WaitAll([output, error], Patience))
        {
            process.Kill(entireProcessTree: true);
            throw new DeviceUnavailableException($"{program} {string.Join(' ', arguments)}: no end after {Patience.TotalSeconds} s (stopped)");
        }

        return new CommandResult(process.ExitCode == 0, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    private static Process Start(ProcessStartInfo start, string program)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new DeviceUnavailableException($"{program} cannot be started: {exception.Message}", DeviceFault.Other, exception);
        }
    }

    private static DeviceUnavailableException Missing(string program)
    {
        var package = program switch { "ip" => "iproute2", "nft" => "nftables", _ => program };
        var note = program == "nft" ? "; iptables alone does not do" : "";
        return new DeviceUnavailableException($"{program} is not installed (apt-get install {package}{note})", DeviceFault.NotInstalled);
    }

    private string? Find(string program) => _searchPath
        .Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Select(directory => Path.Combine(directory, program))
        .FirstOrDefault(File.Exists);
}

/// <summary>How a program ended and what it printed.</summary>
internal readonly record struct CommandResult(bool Succeeded, string Output, string Error);
