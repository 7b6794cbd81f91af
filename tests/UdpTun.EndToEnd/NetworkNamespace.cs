using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace UdpTun.EndToEnd;

/// <summary>
/// A named network namespace: one host of a topology. Tools run in it by <c>ip netns exec</c>; sockets of this process can be
/// opened in it, because a socket stays where it was made whatever thread uses it later.
/// </summary>
internal sealed class NetworkNamespace : IDisposable
{
    internal NetworkNamespace(string name)
    {
        Name = name;
        Command.Run("ip", "netns", "add", name);
    }

    internal string Name { get; }

    /// <summary>Runs a tool in the namespace and returns what it printed.</summary>
    internal string Run(params IEnumerable<string> command) => Command.Run(Inside(command));

    /// <summary>Runs a tool in the namespace; failing is an answer.</summary>
    internal CommandResult Try(params IEnumerable<string> command) => Command.Try(Inside(command));

    /// <summary>
    /// Sends so many echo requests and waits for all answers, however late a busy machine is with them; what ping printed. All leave before the
    /// first answer is read: once one has come, ping gives the others no longer than twice the longest round trip, whatever its -W says.
    /// </summary>
    internal string Ping(int count, params IEnumerable<string> destination) => Run(Pinging(count, destination));

    /// <summary>The same; failing is an answer.</summary>
    internal CommandResult TryPing(int count, params IEnumerable<string> destination) => Try(Pinging(count, destination));

    private static string[] Pinging(int count, IEnumerable<string> destination) => ["ping", $"-c{count}", $"-l{count}", "-W10", .. destination];

    /// <summary>Feeds lines of the form that follows <c>ip</c> on its command line.</summary>
    internal void Ip(params string[] lines) => Command.Run(string.Join('\n', lines) + "\n", ["ip", "-n", Name, "-batch", "-"]);

    internal IEnumerable<string> Inside(IEnumerable<string> command) => ["ip", "netns", "exec", Name, .. command];

    internal Socket OpenUdp(IPEndPoint local) => Enter(() =>
    {
        var socket = new Socket(local.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        // A process that another test starts holds a copy of a socket that was closed just now, between its fork and its exec.
        for (var tries = 1; ; tries++)
        {
            try
            {
                socket.Bind(local);
                return socket;
            }
            catch (SocketException busy) when (busy.SocketErrorCode == SocketError.AddressAlreadyInUse && tries < 50)
            {
                Thread.Sleep(20);
            }
        }
    });

    internal Socket OpenTcp(AddressFamily family) => OpenSocket(family, SocketType.Stream, ProtocolType.Tcp);

    internal Socket OpenSocket(AddressFamily family, SocketType type, ProtocolType protocol) => Enter(() => new Socket(family, type, protocol));

    /// <summary>
    /// Runs <paramref name="action"/> on a thread of its own inside the namespace; the thread ends with it, so no other code ever runs
    /// there.
    /// </summary>
    internal T Enter<T>(Func<T> action)
    {
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var handle = File.OpenHandle($"/run/netns/{Name}", share: FileShare.ReadWrite);
                if (Libc.setns(handle, Libc.CLONE_NEWNET) != 0) throw new Win32Exception(Marshal.GetLastPInvokeError(), $"setns {Name}");
                result = action();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }

    public void Dispose() => Command.Try("ip", "netns", "del", Name);
}
