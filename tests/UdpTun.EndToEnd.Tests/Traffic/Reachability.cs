using System.Net;
using System.Net.Sockets;
using UdpTun.EndToEnd.Tests.Harness;

namespace UdpTun.EndToEnd.Tests.Traffic;

/// <summary>Where a client's UDP socket is seen from outside, and who reaches it there. IPv4 and IPv6, as the socket is.</summary>
internal static class Reachability
{
    private const int Patience = 10_000; // milliseconds
    private const int Silence = 1000;
    private const int Again = 200;

    /// <summary>Sends a datagram from the client and tells where the remote saw it come from.</summary>
    internal static IPEndPoint OuterOf(Topology net, Socket client, IPAddress? remote = null)
    {
        remote ??= client.AddressFamily == AddressFamily.InterNetwork ? Topology.InternetHost : Topology.InternetHost6;
        using var far = net.Internet.OpenUdp(new IPEndPoint(remote, 7000));
        client.SendTo([1], far.LocalEndPoint!);
        return Sender(far, Patience) ?? throw new TimeoutException($"nothing of {client.LocalEndPoint} reached {far.LocalEndPoint}");
    }

    /// <summary>
    /// Whether a datagram from outside arrives at the client, from the address that really sent it, is as expected. A busy machine gets several tries
    /// where it is to arrive.
    /// </summary>
    internal static void AssertReachedBy(bool expected, Topology net, IPEndPoint stranger, Socket client, IPEndPoint outer)
    {
        using var far = net.Internet.OpenUdp(stranger);
        for (var left = expected ? Patience / Again : 1; left > 0; left--)
        {
            far.SendTo([2], outer);
            if (Sender(client, expected ? Again : Silence) is not { } sender) continue;
            Assert.Equal((expected, far.LocalEndPoint), (true, sender));
            return;
        }

        Assert.False(expected);
    }

    /// <summary>One client sends to the other's outer endpoint, is seen as its own, and gets the answer from where it sent to.</summary>
    /// <param name="net">Where the clients are.</param>
    /// <param name="first">A socket of one client.</param>
    /// <param name="second">A socket of the other.</param>
    /// <param name="external">What the internet calls the server's address, where that is not its own; with the same ports.</param>
    internal static void AssertMutual(Topology net, Socket first, Socket second, IPAddress? external = null)
    {
        var (outerOfFirst, outerOfSecond) = (ExternalOf(first), ExternalOf(second));
        Assert.NotEqual(outerOfFirst, outerOfSecond);

        first.SendTo([1, 2, 3], outerOfSecond);
        Assert.Equal(outerOfFirst, Sender(second, Patience));
        second.SendTo([4, 5], outerOfFirst);
        Assert.Equal(outerOfSecond, Sender(first, Patience));

        IPEndPoint ExternalOf(Socket client) =>
            OuterOf(net, client) is var outer && external is not null ? new IPEndPoint(external, outer.Port) : outer;
    }

    /// <summary>Who sent the next datagram; null when none comes in time.</summary>
    internal static IPEndPoint? Sender(Socket socket, int milliseconds = Patience)
    {
        socket.ReceiveTimeout = milliseconds;
        EndPoint sender = new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        try
        {
            socket.ReceiveFrom(new byte[100], ref sender);
            return (IPEndPoint)sender;
        }
        catch (SocketException silence) when (silence.SocketErrorCode == SocketError.TimedOut)
        {
            return null;
        }
    }
}
