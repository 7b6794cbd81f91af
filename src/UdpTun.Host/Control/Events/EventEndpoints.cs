using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using UdpTun.Actors.Events;
using UdpTun.Host.Control.Server;

namespace UdpTun.Host.Control.Events;

/// <summary>
/// <c>GET /events</c>: what happens to flows, mappings and peers, as server-sent events for as long as the reader stays. Several events travel in
/// one answer.
/// </summary>
internal sealed class EventEndpoints(TunnelEvents events) : IControlEndpoints
{
    // A busy server has thousands a second: they go out together.
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(100);

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/events", Follow);

    private async Task Follow(HttpContext context)
    {
        using var feed = new EventFeed(events, EventQuery.Read(context.Request.Query));
        var stream = new EventStream(context);
        await stream.Send(new EventsAnswer([], 0), ControlJson.Default.EventsAnswer);
        while (await feed.WaitAsync(context.RequestAborted))
        {
            if (feed.Take() is { } answer) await stream.Send(answer, ControlJson.Default.EventsAnswer);
            await Task.Delay(Gathering, context.RequestAborted);
        }
    }
}
