using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using UdpTun.EndToEnd.Tests.Harness;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>What the internet says about a client's packets reaches the client as if it had sent them itself.</summary>
public sealed class IcmpErrorTests(ITestOutputHelper output)
{
    private const int ClosedPort = 4242;

    [SkippableFact]
    public async Task Time_exceeded_should_show_the_server_as_the_first_hop()
    {
        await using var net = new Topology(output);
        await net.StartTunnel();

        var ping = net.Client.Try("ping", "-c1", "-t1", "-W10", "203.0.113.10");

        Assert.Contains("From 192.168.61.1", ping.Output);
        Assert.Contains("Time to live exceeded", ping.Output);
    }

    [SkippableTheory]
    [Trait(OffloadPass.Trait, OffloadPass.Own)]
    [InlineData("-U", "on")]
    [InlineData("-I", "on")]
    [InlineData("-T", "on")]
    [InlineData("-U", "off")]
    [InlineData("-T", "off")]
    public async Task Traceroute_should_show_the_server_once_and_then_the_internet(string method, string offload)
    {
        await using var net = new Topology(output) { Arguments = Offload.Arguments(offload) };
        await net.StartServer("port-range", []);
        await net.StartClient(1, "--route", "203.0.113.0/24");

        var hops = net.Client.Run("traceroute", "-n", method, "-q", "3", "-w", "3", "-m", "4", "203.0.113.10");

        var lines = hops.Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..];
        Assert.Equal(["192.168.61.1", "203.0.113.10"], lines.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]));
    }

    [SkippableFact]
    public async Task Unsolicited_connection_should_be_refused_after_six_seconds_of_silence()
    {
        await using var net = new Topology(output);
        await net.StartServer("port-range", []);
        await net.StartClient(1, "--route", "203.0.113.0/24");
        var started = Stopwatch.GetTimestamp();

        // The caller's kernel takes the error for its own only when it quotes the address and port that it called.
        var call = net.Internet.Try("timeout", "30", "bash", "-c", "exec 3<>/dev/tcp/203.0.113.1/25000");

        Assert.Contains("Connection refused", call.Error);
        Assert.True(Stopwatch.GetElapsedTime(started) >= TimeSpan.FromSeconds(6));
    }

    [SkippableFact]
    public async Task Packet_too_big_should_tell_the_client_the_mtu_of_a_narrower_link_behind_the_server()
    {
        await using var net = new Topology(output);
        net.Server.Ip("link set wan0 mtu 1300");
        await net.StartTunnel();

        var ping = net.Client.TryPing(1, "-Mdo", "-s1350", "203.0.113.10");

        Assert.Contains("mtu = 1300", ping.Output);
        Assert.Contains("mtu 1300", net.Client.Run("ip", "route", "get", "203.0.113.10"));
    }

    [SkippableFact]
    public async Task Port_unreachable_should_reach_the_socket_that_sent_the_datagram()
    {
        await using var net = new Topology(output);
        await net.StartTunnel();
        using var socket = net.Client.OpenUdp(new IPEndPoint(IPAddress.Any, 0));
        socket.Connect(new IPEndPoint(Topology.InternetHost, ClosedPort));
        socket.ReceiveTimeout = 3000;

        socket.Send([1, 2, 3]);
        var refused = Assert.Throws<SocketException>(() => socket.Receive(new byte[10]));

        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    }

    [SkippableFact]
    public async Task Rejected_connection_should_fail_at_once()
    {
        await using var net = new Topology(output);
        await net.StartTunnel();
        net.Internet.Run("nft", "add table ip far; add chain ip far input { type filter hook input priority 0; }; "
            + $"add rule ip far input tcp dport {ClosedPort} reject with icmp type host-prohibited");
        using var socket = net.Client.OpenTcp(AddressFamily.InterNetwork);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));

        var failure = await Assert.ThrowsAsync<SocketException>(
            async () => await socket.ConnectAsync(new IPEndPoint(Topology.InternetHost, ClosedPort), limit.Token));

        Assert.Equal(SocketError.HostUnreachable, failure.SocketErrorCode);
    }

    [SkippableFact]
    public async Task Connection_to_a_forbidden_destination_should_fail_at_once()
    {
        await using var net = new Topology(output);
        await net.StartServer();
        await net.StartClient(1, "--route", "192.168.99.0/24");
        using var socket = net.Client.OpenTcp(AddressFamily.InterNetwork);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));

        var failure = await Assert.ThrowsAsync<SocketException>(
            async () => await socket.ConnectAsync(new IPEndPoint(IPAddress.Parse("192.168.99.1"), 80), limit.Token));

        Assert.Equal(SocketError.HostUnreachable, failure.SocketErrorCode);
    }
}
