using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using UdpTun.EndToEnd.Tests.Harness;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>A server under a service manager that is this test: it listens at NOTIFY_SOCKET as systemd does.</summary>
public sealed class ServiceTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [SkippableFact]
    public async Task Manager_should_hear_of_readiness_life_loss_and_the_end()
    {
        await using var net = new Topology(output);
        using var manager = Manager(net);
        var server = net.LaunchForeign(net.Server,
        [
            "env", $"NOTIFY_SOCKET={PathOf(net)}", "WATCHDOG_USEC=1500000", TunnelProcess.Program, "--role", "server", .. Topology.Plain, "--exit", "masquerade",
            "--state-directory", net.StateDirectory, "--set", "udptun.reopen.min-backoff=8s", "--set", "udptun.reopen.max-backoff=8s", "--set", "udptun.reopen.check-interval=200ms",
        ]);

        Assert.Equal("READY=1\nSTATUS=0 clients, 0 sessions", await Receive(manager));
        Assert.Equal("WATCHDOG=1\nSTATUS=0 clients, 0 sessions", await Receive(manager));
        net.Server.Ip("link del servertun");
        await Until(manager, "STATUS=not open: servertun");
        await Until(manager, "WATCHDOG=1\nSTATUS=0 clients, 0 sessions");
        server.Signal(Libc.SIGTERM);
        await Until(manager, "STOPPING=1\nSTATUS=stopping");
        Assert.Equal(0, await server.UntilExited(TunnelProcess.StopLimit));
    }

    [SkippableFact]
    [Trait(OffloadPass.Trait, OffloadPass.Unused)]
    public async Task Manager_should_hear_what_a_client_waits_for()
    {
        await using var net = new Topology(output);
        using var manager = Manager(net);
        var client = net.LaunchForeign(net.Client,
        [
            "env", $"NOTIFY_SOCKET={PathOf(net)}", TunnelProcess.Program, "--role", "client", .. Topology.Plain, "--server", "late.example",
            "--state-directory", net.StateDirectory,
        ]);

        Assert.StartsWith("STATUS=the server 'late.example' has no address: ", await Receive(manager));
        Assert.Equal(0, await client.Stop());
    }

    private static string PathOf(Topology net) => Path.Combine(net.StateDirectory, "notify");

    private static Socket Manager(Topology net)
    {
        var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(PathOf(net)));
        return manager;
    }

    private static async Task Until(Socket manager, string message)
    {
        var clock = Stopwatch.StartNew();
        while (await Receive(manager) != message) Assert.True(clock.Elapsed < Patience, $"the manager was not told {message}");
    }

    private static async Task<string> Receive(Socket manager)
    {
        var buffer = new byte[4096];
        using var limit = new CancellationTokenSource(Patience);
        return Encoding.UTF8.GetString(buffer, 0, await manager.ReceiveAsync(buffer.AsMemory(), SocketFlags.None, limit.Token));
    }
}
