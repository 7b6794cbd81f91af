using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using UdpTun.Host.Control;
using UdpTun.Host.Control.Server;
using UdpTun.Host.Page;
using UdpTun.Host.Tests.Control;
using UdpTun.Net.Flows;

namespace UdpTun.Host.Tests.Page;

/// <summary>The real page server on a free port of loopback, before an instance that only counts what it is asked to change.</summary>
internal sealed class RunningPage : IControlEndpoints, IAsyncDisposable
{
    public const string Token = "token-of-the-test-with-more-than-32-letters";

    private PageServer _server = null!;

    private RunningPage()
    {
    }

    /// <summary>How many flows were killed.</summary>
    public int Kills { get; private set; }

    public int Port => _server.Address.Port;

    public static async Task<RunningPage> StartAsync(IPAddress? at = null)
    {
        var page = new RunningPage();
        var listen = new InetEndpoint(InetAddress.Parse((at ?? IPAddress.Loopback).ToString()), 0);
        page._server = await PageServer.StartAsync(listen, new PageToken(Token), [page], Serilog.Core.Logger.None);
        return page;
    }

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/status", context => context.Reply(FakeInstance.Status("tun7"), ControlJson.Default.StatusAnswer));
        routes.MapPost("/flows/{id}/kill", context =>
        {
            Kills++;
            return context.Reply(new ErrorAnswer("killed"), ControlJson.Default.ErrorAnswer);
        });
    }

    /// <summary>Sends a request as it stands and reads all of the answer.</summary>
    /// <param name="request">Its lines.</param>
    public Task<(int Status, string Head, string Body)> Send(params string[] request) => SendWith("", request);

    /// <summary>The same with something behind the head.</summary>
    public async Task<(int Status, string Head, string Body)> SendWith(string body, params string[] request)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, Port, limit.Token);
        await socket.SendAsync(Encoding.ASCII.GetBytes(string.Join("\r\n", [.. request, "Connection: close", "", body])), limit.Token);
        using var answer = new MemoryStream();
        await new NetworkStream(socket).CopyToAsync(answer, limit.Token);
        var parts = Encoding.UTF8.GetString(answer.ToArray()).Split("\r\n\r\n", 2);
        return (int.Parse(parts[0].Split(' ')[1]), parts[0], parts.Length > 1 ? parts[1] : "");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
