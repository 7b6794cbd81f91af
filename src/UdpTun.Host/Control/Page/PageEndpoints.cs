using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using UdpTun.Host.Control.Server;
using UdpTun.Host.Page;

namespace UdpTun.Host.Control.Page;

/// <summary><c>POST /page</c>: opens the live page unless it is open, and tells where it is.</summary>
internal sealed class PageEndpoints(RunningInstance instance, PageKeeper page) : IControlEndpoints
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/page", Open);

    private async Task Open(HttpContext context) => await context.Reply(await page.OpenAsync(instance), ControlJson.Default.PageAnswer);
}
