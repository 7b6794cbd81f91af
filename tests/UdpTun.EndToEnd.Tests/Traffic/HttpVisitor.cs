using System.Net;
using System.Net.Sockets;

namespace UdpTun.EndToEnd.Tests.Traffic;

/// <summary>An HTTP client whose connections leave from a namespace.</summary>
internal sealed class HttpVisitor : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private readonly HttpClient _client;

    internal HttpVisitor(NetworkNamespace host) => _client = new HttpClient(new SocketsHttpHandler
    {
        UseProxy = false,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        ConnectCallback = async (context, cancel) =>
        {
            var remote = new IPEndPoint(IPAddress.Parse(context.DnsEndPoint.Host), context.DnsEndPoint.Port);
            var socket = host.OpenTcp(remote.AddressFamily);
            try
            {
                await socket.ConnectAsync(remote, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    })
    {
        Timeout = Limit,
    };

    /// <summary>Fetches a payload and returns the SHA-256 of what arrived and the address that the host saw.</summary>
    internal async Task<(string Sha256, string SeenFrom)> Download(IPAddress host, Payload payload)
    {
        using var answer = await _client.GetAsync(
            $"http://{new IPEndPoint(host, HttpHost.Port)}/{payload.Seed}/{payload.Length}", HttpCompletionOption.ResponseHeadersRead);
        answer.EnsureSuccessStatusCode();
        // HttpClient's own limit ends with the headers.
        var hash = await Payload.Sha256Of(await answer.Content.ReadAsStreamAsync()).WaitAsync(Limit);
        return (hash, answer.Headers.GetValues("X-Seen-From").Single());
    }

    /// <summary>Sends a payload and returns the SHA-256 that the host computed, and the address that it saw.</summary>
    internal async Task<(string Sha256, string SeenFrom)> Upload(IPAddress host, Payload payload)
    {
        using var content = new PayloadContent(payload);
        using var answer = await _client.PutAsync($"http://{new IPEndPoint(host, HttpHost.Port)}/", content);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadAsStringAsync(), answer.Headers.GetValues("X-Seen-From").Single());
    }

    public void Dispose() => _client.Dispose();

    private sealed class PayloadContent(Payload payload) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => payload.WriteTo(stream);

        protected override bool TryComputeLength(out long length)
        {
            length = payload.Length;
            return true;
        }
    }
}
