using System.Net;
using System.Net.Sockets;
using UdpTun.Host.Roles;
using UdpTun.Net.Flows;
using UdpTun.Transport.Secure.Handshakes;

namespace UdpTun.Host.Tests.Roles;

public sealed class PlaceExaminationTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task Place_should_be_called_closed_when_nobody_listens_there_and_silent_when_somebody_does(string address)
    {
        var local = IPAddress.Parse(address);
        using var listener = new Socket(local.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        listener.Bind(new IPEndPoint(local, 0));
        var place = new InetEndpoint(InetAddress.Parse(address), (ushort)((IPEndPoint)listener.LocalEndPoint!).Port);

        Assert.Equal(HandshakeFailure.NoAnswer, await new PlaceExamination(mark: 0).Look(place));
        listener.Dispose();
        Assert.Equal(HandshakeFailure.PortClosed, await new PlaceExamination(mark: 0).Look(place));
    }
}
