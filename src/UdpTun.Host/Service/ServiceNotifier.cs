using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace UdpTun.Host.Service;

/// <summary>Tells a service manager how the program is: datagrams of NAME=VALUE lines to NOTIFY_SOCKET, see sd_notify(3).</summary>
internal sealed class ServiceNotifier : IDisposable
{
    private readonly Socket _socket;
    private readonly UnixDomainSocketEndPoint _manager;

    private ServiceNotifier(string path, TimeSpan? watchdog)
    {
        // '@' stands for the zero that begins an abstract name, see unix(7).
        _manager = new UnixDomainSocketEndPoint(path.StartsWith('@') ? $"\0{path[1..]}" : path);
        _socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        Watchdog = watchdog;
    }

    /// <summary>How long the manager waits for a sign of life before it ends the program; null: it does not ask for any.</summary>
    public TimeSpan? Watchdog { get; }

    /// <summary>The manager that started this process; null: none that wants to be told.</summary>
    /// <param name="variable">An environment variable's value.</param>
    public static ServiceNotifier? Find(Func<string, string?> variable)
    {
        if (variable("NOTIFY_SOCKET") is not { Length: > 1 } path || path[0] is not ('/' or '@')) return null;
        return new ServiceNotifier(path, ReadWatchdog(variable));
    }

    public void Ready(string status) => Send("READY=1", StatusLine(status));

    /// <summary>A reload has begun; its end is told by <see cref="Ready"/>. With the time, which a manager that sent SIGHUP compares with its own.</summary>
    public void Reloading() => Send("RELOADING=1", $"MONOTONIC_USEC={Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000)}");

    public void Alive(string status) => Send("WATCHDOG=1", StatusLine(status));

    public void Status(string status) => Send(StatusLine(status));

    public void Stopping() => Send("STOPPING=1", StatusLine("stopping"));

    public void Dispose() => _socket.Dispose();

    // sd_watchdog_enabled(3): another process's watchdog is none of ours.
    private static TimeSpan? ReadWatchdog(Func<string, string?> variable)
    {
        if (variable("WATCHDOG_PID") is { } owner && owner != Environment.ProcessId.ToString(CultureInfo.InvariantCulture)) return null;
        return long.TryParse(variable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds) && microseconds > 0
            ? TimeSpan.FromMicroseconds(microseconds)
            : null;
    }

    private static string StatusLine(string status) => $"STATUS={status.ReplaceLineEndings(" ")}";

    private void Send(params string[] lines)
    {
        try
        {
            _socket.SendTo(Encoding.UTF8.GetBytes(string.Join('\n', lines)), _manager);
        }
        catch (SocketException)
        {
            // A manager that is gone or busy; it must not take the tunnel with it.
        }
    }
}
