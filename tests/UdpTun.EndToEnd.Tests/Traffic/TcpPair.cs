using System.Net;
using System.Net.Sockets;
using UdpTun.EndToEnd.Tests.Harness;

namespace UdpTun.EndToEnd.Tests.Traffic;

/// <summary>Both ends of a TCP connection through the tunnel; they last as long as the topology.</summary>
/// <param name="Near">The client's.</param>
/// <param name="Far">The internet host's.</param>
internal sealed record TcpPair(Socket Near, Socket Far)
{
    private const int Patience = 20_000; // milliseconds

    /// <param name="net">Where.</param>
    /// <param name="client">Who connects.</param>
    /// <param name="host">An address of the internet host.</param>
    internal static TcpPair Connect(Topology net, NetworkNamespace client, IPAddress host)
    {
        using var listener = net.Internet.OpenTcp(host.AddressFamily);
        listener.Bind(new IPEndPoint(host, 0));
        listener.Listen();
        var near = net.Use(client.OpenTcp(host.AddressFamily));
        near.Connect(listener.LocalEndPoint!);
        var far = net.Use(listener.Accept());
        near.ReceiveTimeout = far.ReceiveTimeout = Patience;
        return new TcpPair(near, far);
    }

    /// <summary>The client sends, and the host gets it.</summary>
    internal void Up() => Pass(Near, Far);

    /// <summary>The host sends, and the client gets it.</summary>
    internal void Down() => Pass(Far, Near);

    private static void Pass(Socket from, Socket to)
    {
        var buffer = new byte[10];
        from.Send([1, 2, 3]);
        Assert.Equal(3, to.Receive(buffer));
    }
}
