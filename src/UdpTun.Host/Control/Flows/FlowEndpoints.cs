using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using UdpTun.Actors.Messages;
using UdpTun.Host.Control.Server;
using UdpTun.Net.Nat;
using UdpTun.Net.Nat.Finding;

namespace UdpTun.Host.Control.Flows;

/// <summary>
/// <c>GET /flows</c>, <c>GET /flows/watch</c> (the same each second, with rates, as server-sent events), <c>GET /flows/ID</c> and
/// <c>POST /flows/ID/kill</c>.
/// </summary>
internal sealed class FlowEndpoints(RunningInstance instance) : IControlEndpoints
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/flows", List);
        routes.MapGet("/flows/watch", Watch);
        routes.MapGet("/flows/{id}", context => Tell(context, id => new GetSession(id)));
        routes.MapPost("/flows/{id}/kill", context => Tell(context, id => new KillSession(id)));
    }

    private async Task List(HttpContext context)
    {
        var query = FlowQuery.Read(context.Request.Query);
        if (query.Order == SessionOrder.Rate) throw new ControlException(400, "sort is 'rate', which is known only while somebody watches: ask /flows/watch");
        await context.Reply(await Find(query, context.RequestAborted), ControlJson.Default.FlowsAnswer);
    }

    private async Task Watch(HttpContext context)
    {
        var query = FlowQuery.Read(context.Request.Query) with { Rates = new SessionRates() };
        var events = new EventStream(context);
        using var timer = new PeriodicTimer(WatchInterval);
        do
        {
            await events.Send(await Find(query, context.RequestAborted), ControlJson.Default.FlowsAnswer);
        }
        while (await timer.WaitForNextTickAsync(context.RequestAborted));
    }

    /// <summary>The answer to a question.</summary>
    internal async Task<FlowsAnswer> Find(GetSessions query, CancellationToken stop)
    {
        var report = await instance.Ask<SessionsReport>(query, stop);
        return new FlowsAnswer(
            [.. report.Sessions.Select(FlowText.Of)], report.Matching, report.SessionCount, report.MappingCount, report.Next)
        {
            Strands = query.Rates is null ? null : [.. report.Strands.Select(Of)],
        };
    }

    private StrandStatus Of(StrandReport strand) => new(
        strand.Client, strand.Outer.ToString()!,
        instance.About.Addresses.TryGetExternal(strand.Outer, out var external) ? external.ToString() : null,
        strand.Sessions, Math.Round(strand.OutRate), Math.Round(strand.InRate));

    private async Task Tell(HttpContext context, Func<SessionId, SessionCommand> command)
    {
        var name = (string)context.Request.RouteValues["id"]!;
        if (!SessionId.TryParse(name, out var id))
            throw new ControlException(400, $"'{name}' is no flow: one is called tcp-42 or 42, as udptun flows tells");
        // What is done to udp-42 must not be done to tcp-42.
        var named = command(id) with { Name = name == id.ToString() ? null : name };
        if (await instance.Ask<object>(named, context.RequestAborted) is not SessionDetails details)
            throw new ControlException(404, $"there is no flow {name}, or no longer (udptun flows tells which there are)");
        await context.Reply(new FlowExplanation(details, instance).Answer(), ControlJson.Default.FlowAnswer);
    }
}
