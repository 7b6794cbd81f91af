using System.Net;
using System.Net.Sockets;

namespace UdpTun.EndToEnd.Tests.Harness;

/// <summary>A call (handshake initiation) to a server by somebody who knows its public key, and whom it does not know.</summary>
internal static class StrangersCall
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Lets wireguard-go make one, in a namespace where a socket of ours is the server.</summary>
    internal static async Task<byte[]> Make(Topology net, NetworkNamespace host, SecureFiles files)
    {
        using var socket = host.OpenUdp(IPEndPoint.Parse("127.0.0.1:9877"));
        var caller = await WireGuardGo.Start(net, host, files.StrangerSetConf("127.0.0.1"), "10.61.0.99/32");
        Assert.True(socket.Poll(Patience, SelectMode.SelectRead), "wireguard-go does not call");
        var call = new byte[2048];
        var length = socket.Receive(call);
        Assert.Equal(0, await caller.Stop());
        return call[..length];
    }
}
