using System.Net;
using System.Net.Sockets;
using UdpTun.Net.Flows;
using UdpTun.Transport.Secure.Handshakes;

namespace UdpTun.Host.Roles;

/// <summary>
/// Looks why nobody answers at a place. The tunnel's own socket is told of no ICMP error, since it is not connected; a connected one is, so a
/// byte that means nothing is sent from such a one: a WireGuard peer is silent about it, and a host without one refuses it.
/// </summary>
/// <param name="mark">The mark of the tunnel's datagrams, by which they go around the tunnel; 0: none.</param>
internal sealed class PlaceExamination(uint mark)
{
    private const int SOL_SOCKET = 1, SO_MARK = 36; // asm-generic/socket.h
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4); // a neighbour that is not there is reported after three

    /// <returns>NoAnswer, PortClosed or NoRoute.</returns>
    public async Task<HandshakeFailure> Look(InetEndpoint place)
    {
        using var socket = new Socket(place.Address.IsV4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            if (mark != 0) socket.SetRawSocketOption(SOL_SOCKET, SO_MARK, BitConverter.GetBytes(mark));
            await socket.ConnectAsync(new IPEndPoint(place.Address.ToIPAddress(), place.Port), patience.Token);
            await socket.SendAsync(new byte[1], patience.Token);
            await socket.ReceiveAsync(new byte[1], patience.Token);
        }
        catch (SocketException refused)
        {
            return refused.SocketErrorCode switch
            {
                SocketError.ConnectionRefused => HandshakeFailure.PortClosed,
                SocketError.NetworkUnreachable or SocketError.HostUnreachable => HandshakeFailure.NoRoute,
                _ => HandshakeFailure.NoAnswer,
            };
        }
        catch (OperationCanceledException)
        {
            // Silence, as a peer that knows us not or is not there keeps it.
        }

        return HandshakeFailure.NoAnswer;
    }
}
