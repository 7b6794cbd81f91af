using System.Net;
using System.Net.Sockets;

namespace UdpTun.EndToEnd.Tests.Harness;

/// <summary>Asks for pages inside a namespace.</summary>
internal static class Web
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>The same as <see cref="Get"/>, once somebody listens.</summary>
    internal static async Task<(int Status, string Body)> Await(NetworkNamespace host, int port, string path)
    {
        var answer = (Status: 0, Body: "");
        await Eventually.Holds($"port {port} answers", Patience, async () => (answer = await Get(host, port, path)).Status != 0);
        return answer;
    }

    /// <summary>The status and the body of <paramref name="path"/>; status 0 where nobody listens.</summary>
    internal static async Task<(int Status, string Body)> Get(NetworkNamespace host, int port, string path)
    {
        using var handler = new SocketsHttpHandler { ConnectCallback = async (_, stop) => await Connect(host, port, stop) };
        using var client = new HttpClient(handler);
        try
        {
            using var answer = await client.GetAsync($"http://127.0.0.1:{port}{path}");
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }
        catch (HttpRequestException)
        {
            return (0, "");
        }
    }

    private static async Task<Stream> Connect(NetworkNamespace host, int port, CancellationToken stop)
    {
        var socket = host.OpenTcp(AddressFamily.InterNetwork);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), stop);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
