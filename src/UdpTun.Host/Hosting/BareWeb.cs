using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace UdpTun.Host.Hosting;

/// <summary>
/// HTTP of this program's own: Kestrel and nothing else. No configuration files, no logging, no environment: a smaller process, and nothing that
/// could listen elsewhere than it is told.
/// </summary>
internal static class BareWeb
{
    private const int MaxConnections = 64;

    /// <param name="configure">Says where Kestrel listens, and what else it takes than 64 connections.</param>
    internal static WebApplicationBuilder CreateBuilder(Action<KestrelServerOptions> configure)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "udptun" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            configure(kestrel);
        });
        builder.Services.AddSingleton<IHostLifetime, ProgramLifetime>();
        return builder;
    }

    /// <summary>Ends it and every conversation at once: whoever watches would keep the program from ending.</summary>
    internal static async ValueTask EndAsync(WebApplication app)
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }
}
