using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Serilog;
using UdpTun.Host.Control;
using UdpTun.Host.Control.Server;
using UdpTun.Host.Hosting;
using UdpTun.Net.Flows;

namespace UdpTun.Host.Page;

/// <summary>HTTP on loopback for browsers: the page's files, and under <c>/api</c> the endpoints of the control API that it shows.</summary>
internal sealed class PageServer : IAsyncDisposable
{
    private const int MaxHeaderBytes = 16 << 10;
    private static readonly TimeSpan HeadersWithin = TimeSpan.FromSeconds(10);

    private readonly WebApplication _app;

    private PageServer(WebApplication app, Uri address) => (_app, Address) = (app, address);

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Listens.</summary>
    /// <param name="listen">A loopback address; port 0: any that is free.</param>
    /// <param name="token">What has to be shown before the endpoints answer.</param>
    /// <param name="groups">The endpoints.</param>
    /// <param name="log">Told of failures.</param>
    /// <exception cref="IOException">The port is taken; or <see cref="SocketException"/>.</exception>
    public static async Task<PageServer> StartAsync(InetEndpoint listen, PageToken token, IReadOnlyList<IControlEndpoints> groups, ILogger log)
    {
        var app = Build(listen, token, groups, log);
        try
        {
            await app.StartAsync();
            return new PageServer(app, new Uri(app.Urls.First()));
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => BareWeb.EndAsync(_app);

    private static WebApplication Build(InetEndpoint listen, PageToken token, IReadOnlyList<IControlEndpoints> groups, ILogger log)
    {
        var builder = BareWeb.CreateBuilder(kestrel => Configure(kestrel, listen));
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        app.Use(new ControlErrors(log).Handle);
        app.Use(new PageGuard(token).Handle);
        app.UseRouting();
        new PageFiles().Map(app);
        var api = app.MapGroup(PageGuard.Api);
        foreach (var group in groups) group.Map(api);
        app.MapFallback("{*path}", context => throw new ControlException(404, "there is no such thing here"));
        return app;
    }

    private static void Configure(KestrelServerOptions kestrel, InetEndpoint listen)
    {
        kestrel.Limits.MaxRequestBodySize = 0;
        kestrel.Limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
        kestrel.Limits.RequestHeadersTimeout = HeadersWithin;
        kestrel.Listen(listen.Address.ToIPAddress(), listen.Port, options => options.Protocols = HttpProtocols.Http1);
    }
}
