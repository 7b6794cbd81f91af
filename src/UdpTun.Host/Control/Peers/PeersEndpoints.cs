using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using UdpTun.Host.Configuration;
using UdpTun.Host.Control.Server;

namespace UdpTun.Host.Control.Peers;

/// <summary><c>POST /peers/reload</c>: a server's peers are those of its directory from now on, or, if a file is wrong, as before.</summary>
internal sealed class PeersEndpoints(RunningInstance instance) : IControlEndpoints
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/peers/reload", Reload);

    private async Task Reload(HttpContext context)
    {
        if (instance.Peers is not { } peers)
            throw new ControlException(StatusCodes.Status400BadRequest, $"{instance.Place.Device} is no server of the secure transport: it has no peers");
        try
        {
            await context.Reply(peers.Reload(), ControlJson.Default.PeersReloaded);
        }
        catch (ConfigurationException e)
        {
            throw new ControlException(ControlException.WrongConfiguration, $"nothing is changed: {e.Message}");
        }
    }
}
