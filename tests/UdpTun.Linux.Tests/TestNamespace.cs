using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using UdpTun.Linux.HostSetup;

namespace UdpTun.Linux.Tests;

/// <summary>
/// A network namespace of the test's own, unnamed: it lives as long as the one thread that is in it. Sockets, TUNs and child
/// processes that this thread makes belong to the namespace.
/// </summary>
internal sealed partial class TestNamespace : IDisposable
{
    private const int CLONE_NEWNET = 0x40000000;
    private const int CLONE_NEWNS = 0x00020000;

    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;
    private int _error;

    /// <summary>Skips the test where namespaces or TUNs may not be made.</summary>
    public TestNamespace()
    {
        Skip.IfNot(HasTun(), "/dev/net/tun is missing or not accessible");
        using var ready = new ManualResetEventSlim();
        _thread = new Thread(() => Live(ready)) { IsBackground = true, Name = "test namespace" };
        _thread.Start();
        ready.Wait();
        Skip.If(_error != 0, $"unshare(CLONE_NEWNET): errno {_error}; needs root, or unshare -Urn around the tests");
        Run(() => Ip("link", "set", "lo", "up"));
    }

    /// <summary>The thread's id, by which <c>ip link set ... netns</c> finds the namespace.</summary>
    public int ThreadId { get; private set; }

    public void Run(Action action) => Run<object?>(() =>
    {
        action();
        return null;
    });

    public T Run<T>(Func<T> function)
    {
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        using var done = new ManualResetEventSlim();
        _work.Add(() =>
        {
            try
            {
                result = function();
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }

            done.Set();
        });
        done.Wait();
        failure?.Throw();
        return result;
    }

    /// <summary>Makes /dev/net/tun invisible to this thread, in a mount namespace of its own.</summary>
    public void HideTunDevice()
    {
        Assert.Equal(Environment.CurrentManagedThreadId, _thread.ManagedThreadId);
        Assert.Equal(0, unshare(CLONE_NEWNS));
        var commands = new CommandRunner();
        commands.Run("mount", "--make-rprivate", "/");
        commands.Run("mount", "-t", "tmpfs", "none", "/dev/net");
    }

    public static string Ip(params string[] arguments) => new CommandRunner().Run("ip", arguments);

    public static string Nft(params string[] arguments) => new CommandRunner().Run("nft", arguments);

    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private static bool HasTun()
    {
        try
        {
            File.OpenHandle("/dev/net/tun", FileMode.Open, FileAccess.ReadWrite).Dispose();
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unshare(int flags);

    [LibraryImport("libc")]
    private static partial int gettid();

    private void Live(ManualResetEventSlim ready)
    {
        if (unshare(CLONE_NEWNET) != 0) _error = Marshal.GetLastPInvokeError();
        ThreadId = gettid();
        ready.Set();
        foreach (var action in _work.GetConsumingEnumerable()) action();
    }
}
