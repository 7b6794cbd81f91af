using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Serilog;
using UdpTun.Host.Hosting;

namespace UdpTun.Host.Control.Server;

/// <summary>Serves HTTP to those who connect to a control socket; on threads of the pool, so that who asks for much waits for it there.</summary>
internal sealed class ControlApplication : IAsyncDisposable
{
    private const long MaxRequestBody = 64 << 10;

    private readonly WebApplication _app;

    private ControlApplication(WebApplication app) => _app = app;

    /// <param name="socket">Listens already; ends with this.</param>
    /// <param name="first">The first connection.</param>
    /// <param name="groups">The endpoints.</param>
    /// <param name="log">Told of failures.</param>
    public static async Task<ControlApplication> StartAsync(
        ControlSocket socket, Socket first, IReadOnlyList<IControlEndpoints> groups, ILogger log)
    {
        var builder = BareWeb.CreateBuilder(kestrel => Configure(kestrel, socket));
        builder.Services.AddRoutingCore();
        // Kestrel asks the last one that is registered.
        builder.Services.AddSingleton<IConnectionListenerFactory>(new ControlConnections(socket, first));
        var app = builder.Build();
        app.Use(new ControlErrors(log).Handle);
        app.UseRouting();
        foreach (var group in groups) group.Map(app);
        app.MapFallback(context => throw new ControlException(404, $"there is no {context.Request.Method} {context.Request.Path}"));
        await app.StartAsync();
        return new ControlApplication(app);
    }

    public Task FinishAsync() => _app.StopAsync();

    public ValueTask DisposeAsync() => BareWeb.EndAsync(_app);

    private static void Configure(KestrelServerOptions kestrel, ControlSocket socket)
    {
        kestrel.Limits.MaxRequestBodySize = MaxRequestBody;
        kestrel.Listen(socket.EndPoint, listen => listen.Protocols = HttpProtocols.Http1);
    }
}
