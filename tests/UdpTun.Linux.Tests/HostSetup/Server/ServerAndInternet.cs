using System.Net;
using System.Net.Sockets;
using UdpTun.Linux.HostSetup;

namespace UdpTun.Linux.Tests.HostSetup;

/// <summary>
/// The two hosts that an exit is tried between, and where it keeps its state:
/// <code>
///   server namespace                                internet namespace
///   up0  203.0.113.1/24, 2001:db8::1/64  --veth--   net0  203.0.113.2/24, 2001:db8::2/64
/// </code>
/// The server's default routes lead to the internet.
/// </summary>
internal sealed class ServerAndInternet : IDisposable
{
    private readonly TestStateDirectory _state = new();

    public ServerAndInternet() => Server.Run(() =>
    {
        TestNamespace.Ip(
            "link", "add", "up0", "type", "veth", "peer", "name", "net0", "netns", $"/proc/{Environment.ProcessId}/task/{Internet.ThreadId}/ns/net");
        TestVeth.Configure("up0", "203.0.113.1/24", "2001:db8::1/64");
        Internet.Run(() => TestVeth.Configure("net0", "203.0.113.2/24", "2001:db8::2/64"));
        TestNamespace.Ip("route", "add", "default", "via", "203.0.113.2");
        TestNamespace.Ip("-6", "route", "add", "default", "via", "2001:db8::2");
        TestVeth.AwaitMulticast("up0");
        Internet.Run(() => TestVeth.AwaitMulticast("net0"));
    });

    public TestNamespace Server { get; } = new();

    public TestNamespace Internet { get; } = new();

    public string StateDirectory => _state.Path;

    /// <summary>What was warned of so far.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>A UDP socket of the internet at port 5300 of one of its addresses.</summary>
    public UdpClient Remote(string address, int patienceMilliseconds = 3000) => Internet.Run(() =>
        new UdpClient(new IPEndPoint(IPAddress.Parse(address), 5300)) { Client = { ReceiveTimeout = patienceMilliseconds } });

    /// <summary>What an exit changes stays when its process is killed, and the cleanup undoes it without a trace. On the server.</summary>
    public void ExpectCleanupAfterKill(Func<RunningExit> open)
    {
        var before = HostState.Read();
        open().Kill();
        Assert.NotEqual(before, HostState.Read());

        var report = HostCleanup.Run(StateDirectory);

        Assert.Equal(before, HostState.Read());
        Assert.Empty(report.Failed);
    }

    public void Dispose()
    {
        Server.Dispose();
        Internet.Dispose();
        _state.Dispose();
    }
}
