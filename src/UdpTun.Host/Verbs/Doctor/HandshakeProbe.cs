using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using UdpTun.Actors.Settings;
using UdpTun.Net.Flows;
using UdpTun.Net.Peers;
using UdpTun.Transport.Secure;
using UdpTun.Transport.Secure.Commands;
using UdpTun.Transport.Secure.Handshakes;
using UdpTun.Transport.Secure.Sessions;

namespace UdpTun.Host.Verbs.Doctor;

/// <summary>
/// Shakes hands with a secure server in a client's name, and lets the keys go. Not beside a running client: the server would look for it here until it
/// speaks again.
/// </summary>
internal sealed class HandshakeProbe : IDisposable
{
    private const int Tries = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly InetEndpoint _server;
    private readonly Socket _socket;
    private readonly LocalIdentity _identity;
    private readonly PeerProtocol _protocol;
    private readonly HandshakeGate _gate;
    private readonly List<SecureCommand> _commands = [];

    /// <param name="client">The client's keys; its first peer is the server.</param>
    /// <param name="server">Where that is.</param>
    public HandshakeProbe(SecureSettings client, InetEndpoint server)
    {
        _server = server;
        _identity = new LocalIdentity(client.PrivateKey, TimeProvider.System);
        var (peer, indices) = (client.Peers[0], new SessionIndices());
        var session = new PeerSession(new Peer(new PeerId(1), peer.Name), peer.PublicKey);
        session.MoveTo(server);
        _protocol = new PeerProtocol(_identity, session, peer.PresharedKey, ProtocolTimes.Standard, indices, () => 0);
        _gate = new HandshakeGate(_identity, indices);
        _socket = new Socket(server.Address.IsV4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
        _socket.Connect(new IPEndPoint(server.Address.ToIPAddress(), server.Port));
    }

    /// <summary>From call to answer, of the last one that was answered.</summary>
    public TimeSpan RoundTrip { get; private set; }

    /// <summary>Calls the server, again if need be.</summary>
    public async Task<HandshakeOutcome> Try(CancellationToken stop)
    {
        var outcome = HandshakeOutcome.Silent;
        for (var i = 0; i < Tries && outcome == HandshakeOutcome.Silent; i++) outcome = await TryOnce(stop);
        return outcome;
    }

    public void Dispose()
    {
        _socket.Dispose();
        _protocol.Dispose();
        _identity.Dispose();
    }

    private static TimeSpan Now => Stopwatch.GetElapsedTime(0);

    private async Task<HandshakeOutcome> TryOnce(CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Patience);
        var called = Now;
        _protocol.CallAgain(called, _commands);
        try
        {
            await Send(patience.Token);
            var received = new byte[2048];
            while (true)
            {
                var length = await _socket.ReceiveAsync(received, patience.Token);
                // Under load a server answers with a cookie, which the next call bears.
                if (_gate.Look(received[..length], _server, Now, out _) is not { } message) continue;
                _protocol.Receive(message, Now, _commands);
                if (_protocol.Failure == HandshakeFailure.PresharedKey) return HandshakeOutcome.PresharedKey;
                if (_protocol.EstablishedAt is null) continue;
                RoundTrip = Now - called;
                foreach (var keys in _commands.OfType<SecureCommand.UseKeys>()) keys.Pair.Dispose();
                return HandshakeOutcome.Answered;
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return HandshakeOutcome.Silent;
        }
        catch (SocketException refused)
        {
            return refused.SocketErrorCode == SocketError.ConnectionRefused ? HandshakeOutcome.Refused : HandshakeOutcome.Silent;
        }
    }

    private async Task Send(CancellationToken stop)
    {
        foreach (var send in _commands.OfType<SecureCommand.SendHandshake>()) await _socket.SendAsync(send.Message, stop);
        _commands.Clear();
    }
}
