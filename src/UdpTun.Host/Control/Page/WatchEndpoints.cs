using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using UdpTun.Actors.Events;
using UdpTun.Host.Control.Events;
using UdpTun.Host.Control.Flows;
using UdpTun.Host.Control.Server;
using UdpTun.Host.Control.Status;
using UdpTun.Host.Page;
using UdpTun.Net.Nat.Finding;

namespace UdpTun.Host.Control.Page;

/// <summary>
/// <c>GET /watch</c>: all that a page shows, each second, as server-sent events called <c>status</c>, <c>flows</c> and <c>events</c>, which are the
/// answers of the endpoints of these names; where a history is kept also <c>traffic</c>. One stream, because a browser opens six connections to a server at most, for all tabs together.
/// The query string is that of <c>/flows</c>.
/// </summary>
internal sealed class WatchEndpoints(
    TunnelEvents events, StatusEndpoints status, FlowEndpoints flows, TrafficHistory? history) : IControlEndpoints
{
    // A mapping comes and goes with its flows; told as well it would be every other line.
    private static readonly EventQuery Shown = new(
        EventText.Kinds.Values.Except([TunnelEventKind.MappingOpened, TunnelEventKind.MappingClosed]).ToHashSet(), SessionFilter.None);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/watch", Watch);

    private async Task Watch(HttpContext context)
    {
        var query = FlowQuery.Read(context.Request.Query) with { Rates = new SessionRates() };
        var stop = context.RequestAborted;
        using var feed = new EventFeed(events, Shown);
        var stream = new EventStream(context);
        using var timer = new PeriodicTimer(Interval);
        var shownUntil = 0L;
        do
        {
            if (history?.Since(shownUntil) is { Count: > 0 } samples)
            {
                await stream.Send(new TrafficAnswer(samples), ControlJson.Default.TrafficAnswer, "traffic");
                shownUntil = samples[^1].At;
            }

            await stream.Send(await status.Take(stop), ControlJson.Default.StatusAnswer, "status");
            await stream.Send(await flows.Find(query, stop), ControlJson.Default.FlowsAnswer, "flows");
            if (feed.Take() is { } happened) await stream.Send(happened, ControlJson.Default.EventsAnswer, "events");
        }
        while (await timer.WaitForNextTickAsync(stop));
    }
}
