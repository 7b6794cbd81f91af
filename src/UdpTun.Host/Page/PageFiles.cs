using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using UdpTun.Host.Control;

namespace UdpTun.Host.Page;

/// <summary>The files of the page, which are part of the program: HTML, style, scripts and an icon, as they are written.</summary>
internal sealed class PageFiles : IControlEndpoints
{
    /// <summary>What the names of the page's resources begin with.</summary>
    private const string Prefix = "page/";

    private const string Index = "index.html";

    private static readonly Assembly Program = typeof(PageFiles).Assembly;

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var resource in Program.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            var name = resource[Prefix.Length..];
            routes.MapGet(name == Index ? "/" : $"/{name}", context => Send(context, resource));
        }
    }

    private static async Task Send(HttpContext context, string resource)
    {
        await using var file = Program.GetManifestResourceStream(resource)!;
        context.Response.ContentType = TypeOf(Path.GetExtension(resource));
        context.Response.ContentLength = file.Length;
        await file.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    private static string TypeOf(string extension) => extension switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => throw new InvalidOperationException($"the page has no files of the kind {extension}"),
    };
}
