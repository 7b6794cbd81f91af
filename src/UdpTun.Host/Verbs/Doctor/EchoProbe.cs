using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using UdpTun.Net.Flows;
using UdpTun.Net.Icmp;

namespace UdpTun.Host.Verbs.Doctor;

/// <summary>
/// Pings a plain server's gateway address by datagrams of its own, beside any running client, which must not be cut on the way. The reply is as
/// long as the request, so each size is tried both ways.
/// </summary>
internal sealed class EchoProbe : IDisposable
{
    /// <summary>Bytes of the shortest probe.</summary>
    public const int Least = 84;

    private const int Tries = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Socket _socket;
    private readonly InetAddress _inner;
    private readonly InetAddress _gateway;
    private readonly ushort _identifier = (ushort)RandomNumberGenerator.GetInt32(1, ushort.MaxValue);
    private ushort _sequence;

    public EchoProbe(InetEndpoint server, InetAddress inner, InetAddress gateway)
    {
        (_inner, _gateway) = (inner, gateway);
        _socket = new Socket(server.Address.IsV4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
        if (server.Address.IsV4) _socket.DontFragment = true;
        _socket.Connect(new IPEndPoint(server.Address.ToIPAddress(), server.Port));
    }

    /// <summary>Of the last answer.</summary>
    public TimeSpan RoundTrip { get; private set; }

    /// <summary>Sends a packet of so many bytes, twice if need be.</summary>
    public async Task<EchoOutcome> Try(int bytes, CancellationToken stop)
    {
        var outcome = EchoOutcome.Silent;
        for (var i = 0; i < Tries && outcome == EchoOutcome.Silent; i++) outcome = await TryOnce(bytes, stop);
        return outcome;
    }

    public void Dispose() => _socket.Dispose();

    private async Task<EchoOutcome> TryOnce(int bytes, CancellationToken stop)
    {
        var packet = new byte[bytes + EchoMessage.MaxHeaders];
        var headers = EchoMessage.WriteRequest(packet, _inner, _gateway, _identifier, ++_sequence, []);
        var length = EchoMessage.WriteRequest(packet, _inner, _gateway, _identifier, _sequence, new byte[bytes - headers]);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Patience);
        var sent = Stopwatch.GetTimestamp();
        try
        {
            await _socket.SendAsync(packet.AsMemory(0, length), patience.Token);
            var received = new byte[64 << 10];
            while (!IsReply(received.AsSpan(0, await _socket.ReceiveAsync(received, patience.Token)), length))
            {
            }

            RoundTrip = Stopwatch.GetElapsedTime(sent);
            return EchoOutcome.Answered;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return EchoOutcome.Silent;
        }
        catch (SocketException refused)
        {
            // EMSGSIZE: a router or our own route has told that it is too long.
            return refused.SocketErrorCode == SocketError.ConnectionRefused ? EchoOutcome.Refused : EchoOutcome.Silent;
        }
    }

    private bool IsReply(ReadOnlySpan<byte> packet, int length) =>
        packet.Length == length
        && EchoMessage.TryReadReply(packet, checksumPending: false, out var identifier, out var sequence, out _)
        && (identifier, sequence) == (_identifier, _sequence);
}
