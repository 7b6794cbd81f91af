using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Serilog;
using UdpTun.Host.Hosting;

namespace UdpTun.Host.Control.Server;

/// <summary>
/// HTTP on a unix socket, beside the actor system and never in its way: who asks for much waits for it on threads of the pool.
/// </summary>
internal sealed class ControlServer : IAsyncDisposable
{
    private const long MaxRequestBody = 64 << 10;
    private const int MaxConnections = 64;

    // sun_path of unix(7) with its terminating zero.
    private const int MaxSocketPath = 107;

    private const UnixFileMode OwnerAndGroup =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    private readonly WebApplication _app;

    private ControlServer(WebApplication app) => _app = app;

    /// <summary>Listens, or says why not: a tunnel without its control API still carries packets.</summary>
    /// <param name="socket">Path of the socket; what a killed run left there is replaced.</param>
    /// <param name="groups">The endpoints.</param>
    /// <param name="log">Told of failures.</param>
    public static async Task<ControlServer?> TryStartAsync(string socket, IReadOnlyList<IControlEndpoints> groups, ILogger log)
    {
        if (socket.Length > MaxSocketPath)
        {
            log.Warning("no control API: the path {Path:l} is longer than the {Most} bytes that a socket's may have; choose a shorter "
                + "udptun.state-directory", socket, MaxSocketPath);
            return null;
        }

        var server = new ControlServer(Build(socket, groups, log));
        try
        {
            File.Delete(socket);
            await server._app.StartAsync();
            File.SetUnixFileMode(socket, OwnerAndGroup);
            return server;
        }
        catch (Exception exception) when (exception is IOException or SocketException or UnauthorizedAccessException)
        {
            log.Warning("no control API: {Path:l}: {Reason:l}", socket, exception.Message);
            await server.DisposeAsync();
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Whoever watches would keep the program from ending.
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private static WebApplication Build(string socket, IReadOnlyList<IControlEndpoints> groups, ILogger log)
    {
        // Empty: no configuration files, no logging, no environment; a smaller process, and nothing that could listen elsewhere.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "udptun" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, socket));
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, ProgramLifetime>();
        var app = builder.Build();
        app.Use(new ControlErrors(log).Handle);
        app.UseRouting();
        foreach (var group in groups) group.Map(app);
        app.MapFallback(context => throw new ControlException(404, $"there is no {context.Request.Method} {context.Request.Path}"));
        return app;
    }

    private static void Configure(KestrelServerOptions kestrel, string socket)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = MaxRequestBody;
        kestrel.Limits.MaxConcurrentConnections = MaxConnections;
        kestrel.ListenUnixSocket(socket, listen => listen.Protocols = HttpProtocols.Http1);
    }
}
