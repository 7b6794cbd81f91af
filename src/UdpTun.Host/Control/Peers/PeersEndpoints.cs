using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using UdpTun.Host.Configuration;
using UdpTun.Host.Control.Server;

namespace UdpTun.Host.Control.Peers;

/// <summary>
/// <c>POST /peers/reload</c>: a server's peers are those of its directory from now on, or, if a file is wrong, as before.
/// <c>GET /peers/NAME/quota</c> and <c>POST /peers/NAME/quota/reset</c>: what a peer has used of its quota, and that being forgiven.
/// </summary>
internal sealed class PeersEndpoints(RunningInstance instance) : IControlEndpoints
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/peers/reload", Reload);
        routes.MapGet("/peers/{name}/quota", context => Quota(context, resets: false));
        routes.MapPost("/peers/{name}/quota/reset", context => Quota(context, resets: true));
    }

    private RunningPeers Peers => instance.Peers is { IsServer: true } peers ? peers
        : throw new ControlException(StatusCodes.Status400BadRequest, $"{instance.Place.Device} is no server of the secure transport: it has no peers");

    private async Task Quota(HttpContext context, bool resets)
    {
        var name = Uri.UnescapeDataString(context.Request.RouteValues["name"] as string ?? "");
        await context.Reply(await Peers.Quota(name, resets, context.RequestAborted), ControlJson.Default.QuotaAnswer);
    }

    private async Task Reload(HttpContext context)
    {
        var peers = Peers;
        try
        {
            await context.Reply(await peers.Reload(context.RequestAborted), ControlJson.Default.PeersReloaded);
        }
        catch (ConfigurationException e)
        {
            throw new ControlException(ControlException.WrongConfiguration, $"nothing is changed: {e.Message}");
        }
    }
}
