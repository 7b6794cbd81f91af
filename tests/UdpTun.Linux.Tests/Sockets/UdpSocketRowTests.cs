using UdpTun.Linux.Sockets;
using UdpTun.Net.Flows;
using UdpTun.Net.Io;
using UdpTun.Testing.Packets;

namespace UdpTun.Linux.Tests.Sockets;

public sealed class UdpSocketRowTests
{
    private const int Sockets = 3;
    private static readonly InetAddress Loopback = InetAddress.Parse("127.0.0.1");

    // Free a moment ago; nobody else on this machine asks for a port by number.
    private readonly InetEndpoint _bind = FreePort();

    [Fact]
    public void Senders_should_be_shared_out_and_meet_the_same_socket_when_the_row_is_opened_again()
    {
        var senders = Enumerable.Range(0, 64).Select(_ => Open(new InetEndpoint(Loopback, 0))).ToList();
        var before = ReceiversOf(senders, [0, 1, 2]);
        var after = ReceiversOf(senders, [2, 0, 1]);

        Assert.Equal(before, after);
        Assert.Equal(Sockets, before.Distinct().Count());
        senders.ForEach(sender => sender.Dispose());
    }

    [Fact]
    public void Open_should_fail_when_another_row_has_the_port_and_succeed_when_it_is_free()
    {
        var holders = OpenAll(new UdpSocketRow(Options, Sockets));
        var late = new UdpSocketRow(Options, Sockets);
        Assert.StartsWith($"bind {_bind}: EADDRINUSE (", Assert.Throws<DeviceUnavailableException>(() => late.Members[1].Open()).Message);
        holders.ForEach(holder => holder.Dispose());
        OpenAll(late).ForEach(socket => socket.Dispose());
    }

    [Fact]
    public void Lost_socket_should_be_opened_again_beside_the_others()
    {
        var row = new UdpSocketRow(Options, Sockets);
        var sockets = OpenAll(row);
        sockets[1].Dispose();
        Assert.Equal([true, false, true], row.Members.Select(member => member.IsHealthy()));
        sockets[1] = row.Members[1].Open();
        Assert.All(row.Members, member => Assert.True(member.IsHealthy()));
        sockets.ForEach(socket => socket.Dispose());
    }

    private UdpSocketOptions Options => new() { Bind = _bind };

    private static InetEndpoint FreePort()
    {
        using var socket = Open(new InetEndpoint(Loopback, 0));
        return socket.LocalEndpoint;
    }

    private static IUdpSocket Open(InetEndpoint bind) => new UdpSocketFactory(new UdpSocketOptions { Bind = bind }).Open();

    private static List<IUdpSocket> OpenAll(UdpSocketRow row) => [.. row.Members.Select(member => member.Open())];

    /// <summary>Which socket of a new row hears each of the senders, in whatever order the shards ask for theirs.</summary>
    private List<int> ReceiversOf(List<IUdpSocket> senders, int[] order)
    {
        var row = new UdpSocketRow(Options, Sockets);
        var opened = order.ToDictionary(number => number, number => row.Members[number].Open());
        var sockets = Enumerable.Range(0, Sockets).Select(number => opened[number]).ToList();
        foreach (var sender in senders)
        {
            var datagram = TestPackets.Burst();
            PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53").CopyTo(datagram.Bytes, datagram.NextOffset);
            datagram.Append(28);
            sender.Send([datagram.Share(0, 1, _bind)], 0);
        }

        var heard = sockets.Select(SendersHeardBy).ToList();
        sockets.ForEach(socket => socket.Dispose());
        return [.. senders.Select(sender => heard.FindIndex(one => one.Contains(sender.LocalEndpoint)))];
    }

    private static HashSet<InetEndpoint> SendersHeardBy(IUdpSocket socket)
    {
        var heard = new HashSet<InetEndpoint>();
        for (var burst = TestPackets.Burst(); socket.Receive(burst).Packets > 0; burst = TestPackets.Burst())
            heard.UnionWith(burst.Remotes.ToArray());
        return heard;
    }
}
