using Microsoft.AspNetCore.Http;
using UdpTun.Host.Control;

namespace UdpTun.Host.Page;

/// <summary>
/// Stands before everything that the page serves. The port is open to every program and every web site on this host: a site may send its
/// visitors' browsers here, by our address or by a name of its own that leads here (DNS rebinding), and show us in a frame.
/// </summary>
internal sealed class PageGuard(PageToken token)
{
    /// <summary>Where the control API's endpoints are.</summary>
    public const string Api = "/api";

    private const string Scheme = "Bearer ";

    // Nothing inline, nothing from elsewhere, and no text becomes markup by mistake: the page makes its elements one by one.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    private static readonly HashSet<string> OwnNames = new(StringComparer.OrdinalIgnoreCase) { "127.0.0.1", "localhost", "[::1]" };

    /// <exception cref="ControlException">The request is none of the page's.</exception>
    public Task Handle(HttpContext context, RequestDelegate next)
    {
        AddHeaders(context.Response.Headers);
        var request = context.Request;
        // Not the port: behind 'ssh -L' it is another.
        if (!OwnNames.Contains(request.Host.Host))
            throw new ControlException(StatusCodes.Status403Forbidden, "this page is to be had at 127.0.0.1 and localhost only (Host)");
        if (request.Headers.Origin is { Count: > 0 } origin && origin != $"http://{request.Host}")
            throw new ControlException(StatusCodes.Status403Forbidden, "another site has no business here (Origin)");
        if (request.Headers["Sec-Fetch-Site"] is { Count: > 0 } site && site != "same-origin" && site != "none")
            throw new ControlException(StatusCodes.Status403Forbidden, "another site has no business here (Sec-Fetch-Site)");
        if (request.ContentLength > 0 || request.Headers.TransferEncoding.Count > 0)
        {
            context.Response.Headers.Connection = "close"; // rather than read it
            throw new ControlException(StatusCodes.Status413PayloadTooLarge, "nothing here takes a body");
        }

        if (request.Path.StartsWithSegments(Api)) CheckToken(context);
        return next(context);
    }

    private static void AddHeaders(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
    }

    private void CheckToken(HttpContext context)
    {
        var shown = context.Request.Headers.Authorization.ToString();
        if (shown.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && token.Is(shown[Scheme.Length..].Trim())) return;
        context.Response.Headers.WWWAuthenticate = "Bearer";
        throw new ControlException(StatusCodes.Status401Unauthorized, "the page's token is missing or is another's: 'udptun page' on the server tells it");
    }
}
