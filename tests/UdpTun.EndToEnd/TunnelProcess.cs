using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;

namespace UdpTun.EndToEnd;

/// <summary>One running program of the tunnel (or a foreign peer of it) in a namespace, with all that it has said so far.</summary>
internal sealed class TunnelProcess : IAsyncDisposable
{
    internal static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    internal static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(45);

    private readonly Process _process;
    private readonly List<string> _output = [];
    private readonly List<string> _log = [];
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _streams = 2; // that have not ended

    private TunnelProcess(string name, IEnumerable<string> command)
    {
        Name = name;
        CommandLine = string.Join(' ', command);
        var words = command.ToArray();
        var start = new ProcessStartInfo(words[0], words[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        // The program is started by its own name, not by 'dotnet': it must find the runtime that runs these tests.
        start.Environment["DOTNET_ROOT"] = Runtime;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Add(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Add(_log, line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Where the runtime of these tests is.</summary>
    public static string Runtime { get; } =
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "../../.."));

    /// <summary>The program that the build of these tests produced.</summary>
    public static string Program { get; } = Path.GetFullPath(Path.Combine(
        AppContext.BaseDirectory,
        Assembly.GetExecutingAssembly().GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Program").Value!));

    internal string Name { get; }

    internal string CommandLine { get; }

    /// <summary>What it printed on standard output so far.</summary>
    internal string Output => Text(_output);

    /// <summary>What it logged (standard error) so far.</summary>
    internal string Log => Text(_log);

    /// <summary>The process itself: <c>ip netns exec</c> becomes the program that it starts.</summary>
    internal int Id => _process.Id;

    internal bool HasExited => _process.HasExited;

    /// <summary>Starts <c>udptun</c> in a namespace.</summary>
    internal static TunnelProcess Start(NetworkNamespace host, params IEnumerable<string> arguments) =>
        StartForeign(host, [Program, .. arguments]);

    /// <summary>Starts any program in a namespace.</summary>
    internal static TunnelProcess StartForeign(NetworkNamespace host, params IEnumerable<string> command) =>
        new($"{Path.GetFileName(command.First())} in {host.Name}", host.Inside(command));

    /// <summary>Waits until the tunnel says that it carries packets.</summary>
    internal async Task UntilReady() => await UntilLogged("ready: packets pass", StartLimit);

    /// <summary>
    /// Waits for a line of the log that holds <paramref name="fragment"/>, and returns it. Looks at what was logged before, too.
    /// </summary>
    internal Task<string> UntilLogged(string fragment, TimeSpan limit) => Until(_log, 0, fragment, limit);

    /// <summary>Waits for a line on standard output, and returns it.</summary>
    internal Task<string> UntilPrinted(string fragment, TimeSpan limit) => Until(_output, 0, fragment, limit);

    /// <summary>Asks a server for its table of sessions (SIGUSR1) and returns the table's rows, one a session.</summary>
    internal async Task<IReadOnlyList<string>> Sessions()
    {
        int before;
        lock (_output) before = _output.Count;
        Signal(Libc.SIGUSR1);
        // "2 sessions on ...", the names of the columns, the rows.
        var count = int.Parse((await Until(_output, before, "session", StartLimit)).Split(' ')[0], CultureInfo.InvariantCulture);
        await Eventually.Holds($"{Name} prints {count} sessions", StartLimit, () => Rows().Length >= count);
        return Rows();

        string[] Rows()
        {
            lock (_output) return [.. _output.Skip(before).Where(IsSession)];
        }
    }

    internal void Signal(int signal)
    {
        if (Libc.kill(_process.Id, signal) != 0) throw new Win32Exception(Marshal.GetLastPInvokeError(), $"kill -{signal} {Name}");
    }

    /// <summary>Sends a signal and returns the exit code of the end that follows.</summary>
    internal Task<int> Stop(int signal = Libc.SIGTERM)
    {
        Signal(signal);
        return UntilExited(StopLimit);
    }

    /// <summary>Waits for the program's end and for the last of its output.</summary>
    internal async Task<int> UntilExited(TimeSpan limit)
    {
        using var timer = new CancellationTokenSource(limit);
        try
        {
            await _process.WaitForExitAsync(timer.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{Name} did not end within {limit.TotalSeconds} s");
        }

        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Libc.kill(_process.Id, Libc.SIGTERM);
            using var timer = new CancellationTokenSource(StopLimit);
            await _process.WaitForExitAsync(timer.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        }

        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private async Task<string> Until(List<string> lines, int from, string fragment, TimeSpan limit)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            Task news;
            lock (lines)
            {
                for (; from < lines.Count; from++)
                    if (lines[from].Contains(fragment, StringComparison.OrdinalIgnoreCase)) return lines[from];
                news = Volatile.Read(ref _news).Task;
            }

            var left = limit - clock.Elapsed;
            if (Volatile.Read(ref _streams) == 0 && CountOf(lines) == from) throw new InvalidOperationException($"{Name} ended without '{fragment}'");
            if (left <= TimeSpan.Zero) throw new TimeoutException($"{Name} did not say '{fragment}' within {limit.TotalSeconds} s");
            // A program's end brings no line, so look again now and then.
            await Task.WhenAny(news, Task.Delay(left < TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1)));
        }
    }

    private void Add(List<string> lines, string? line)
    {
        if (line is null)
        {
            Interlocked.Decrement(ref _streams);
            return;
        }

        lock (lines) lines.Add(line);
        Interlocked.Exchange(ref _news, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    private static int CountOf(List<string> lines)
    {
        lock (lines) return lines.Count;
    }

    private static string Text(List<string> lines)
    {
        lock (lines) return string.Join('\n', lines);
    }

    private static bool IsSession(string row) =>
        row.TrimStart().Split('-')[0] is "tcp" or "udp" or "icmp" or "icmp6";
}
