using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using UdpTun.Host.Configuration;
using UdpTun.Host.Control;
using UdpTun.Host.Control.Server;

namespace UdpTun.Host.Reload;

/// <summary><c>POST /config/reload</c>: the instance takes what has changed in its configuration, or, if anything is wrong, goes on as before.</summary>
internal sealed class ReloadEndpoints(IReloader reloader) : IControlEndpoints
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/config/reload", Reload);

    private async Task Reload(HttpContext context)
    {
        try
        {
            // Not the request's own token: who has begun to change something ends it, whether anybody waits or not.
            await context.Reply(await reloader.ReloadAsync(CancellationToken.None), ControlJson.Default.ReloadReport);
        }
        catch (ConfigurationException e)
        {
            throw new ControlException(ControlException.WrongConfiguration, $"nothing is changed: {e.Message}");
        }
    }
}
