using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using UdpTun.Net.Flows;
using UdpTun.Net.Stun;

namespace UdpTun.Host.Verbs.Doctor;

/// <summary>
/// How NATs in front of this host treat one socket (RFC 5780 section 4): whether two servers see it as the same, and from whom answers come
/// through.
/// </summary>
internal sealed class StunTest : IDisposable
{
    private const int Tries = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(700);

    private readonly IReadOnlyList<InetEndpoint> _servers;
    private readonly Socket _socket;

    /// <param name="servers">One or two, of one family.</param>
    public StunTest(IReadOnlyList<InetEndpoint> servers)
    {
        _servers = servers;
        var family = servers[0].Address.IsV4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
        _socket = new Socket(family, SocketType.Dgram, ProtocolType.Udp);
        _socket.Bind(new IPEndPoint(family == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0));
    }

    public void Dispose() => _socket.Dispose();

    public async Task<(Verdict Verdict, string Text, string? Remedy)> Run(CancellationToken stop)
    {
        if (await Ask(_servers[0], stop) is not var (mapped, other) || mapped == default)
            return (Verdict.Warning, $"the STUN server {_servers[0]} does not answer", "name another with --stun, or look for a firewall");
        if ((_servers.Count > 1 ? _servers[1] : other) is not { } second)
            return (Verdict.Skipped, $"seen as {mapped}; {_servers[0]} has no second address", "name a second STUN server with --stun");
        if (await Ask(second, stop) is not var (seen, _) || seen == default)
            return (Verdict.Warning, $"seen as {mapped}; the second STUN server {second} does not answer", "name another with --stun");
        var mapping = seen == mapped ? "endpoint-independent mapping"
            : seen.Address == mapped.Address ? "address- or port-dependent mapping (another port for each destination)"
            : "address-dependent mapping (another address for each destination)";
        var filtering = other is null ? "filtering not tried (the server answers from one address only)" : await Filtering(stop);
        var text = $"seen as {mapped}: {mapping}; {filtering}";
        return seen == mapped
            ? (Verdict.Good, text, null)
            : (Verdict.Warning, text, "calls and games need endpoint-independent mapping: route them through the tunnel, whose NAT has it");
    }

    private async Task<string> Filtering(CancellationToken stop)
    {
        if (await Ask(_servers[0], stop, changeAddress: true, changePort: true) is not null) return "endpoint-independent filtering";
        return await Ask(_servers[0], stop, changePort: true) is not null ? "address-dependent filtering" : "address-and-port-dependent filtering";
    }

    private async Task<(InetEndpoint Mapped, InetEndpoint? Other)?> Ask(
        InetEndpoint server, CancellationToken stop, bool changeAddress = false, bool changePort = false)
    {
        var id = RandomNumberGenerator.GetBytes(StunMessage.IdBytes);
        var request = StunMessage.Request(id, changeAddress, changePort);
        var to = new IPEndPoint(server.Address.ToIPAddress(), server.Port);
        for (var i = 0; i < Tries; i++)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
            patience.CancelAfter(Patience);
            try
            {
                await _socket.SendToAsync(request, SocketFlags.None, to, patience.Token);
                var buffer = new byte[2048];
                while (true)
                {
                    var received = await _socket.ReceiveFromAsync(buffer, SocketFlags.None, to, patience.Token);
                    if (StunMessage.TryReadResponse(buffer.AsSpan(0, received.ReceivedBytes), id, out var mapped, out var other)) return (mapped, other);
                }
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
            }
            catch (SocketException)
            {
                return null; // no route, or the port is closed
            }
        }

        return null;
    }
}
