using System.Collections.Concurrent;
using System.Globalization;
using Akka.Actor;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using UdpTun.Actors.Messages;
using UdpTun.Host.Control.Server;
using UdpTun.Net.Treatment.Capture;

namespace UdpTun.Host.Control.Treatment;

/// <summary>
/// <c>POST /taps</c> begins a tap, <c>GET /taps/{id}</c> streams its pcapng file until <c>DELETE /taps/{id}</c> ends it and tells the counts.
/// The file is written by whoever asked: with their rights, on their disk, where they may also pipe it on.
/// </summary>
internal sealed class TapEndpoints(RunningInstance instance) : IControlEndpoints
{
    // Each holds its ring of 32 MB.
    private const int MostTaps = 8;

    private readonly ConcurrentDictionary<string, RunningTap> _taps = new();
    private int _last;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/taps", Begin);
        routes.MapGet("/taps/{id}", Stream);
        routes.MapDelete("/taps/{id}", End);
    }

    private async Task Begin(HttpContext context)
    {
        var request = await TreatmentEndpoints.Read(context, ControlJson.Default.TapRequest);
        if (request is { Flow: null, Peer: null } or { Flow: not null, Peer: not null })
            throw new ControlException(400, "name either the flow or the peer");
        if (_taps.Count >= MostTaps) throw new ControlException(409, $"{MostTaps} taps run already, and no more can: end one");
        var tap = new PacketTap();
        object command = request.Flow is { } flow
            ? new TapSession(TreatmentEndpoints.FlowIdOf(flow).Number, tap) { Name = flow }
            : new TapPeer(request.Peer!, tap);
        var started = await Ask(command, tap) switch
        {
            TapStarted begun => begun,
            PeerNotFound unknown => throw TreatmentEndpoints.NoSuchPeer(request.Peer!, unknown.Matches),
            _ => throw TreatmentEndpoints.NoSuchFlow(request.Flow!),
        };
        var id = Interlocked.Increment(ref _last).ToString(CultureInfo.InvariantCulture);
        _taps[id] = new RunningTap(tap, started.Nat, instance.Shards[0].Line.Clock, () => _taps.TryRemove(id, out _));
        await context.Reply(new TapAnswer(id, started.Name, started.Sessions), ControlJson.Default.TapAnswer);
    }

    // Who asks may hang up: the loop begins the tap all the same, and somebody has to be there to end it.
    private async Task<object> Ask(object command, PacketTap tap)
    {
        try
        {
            return await instance.Ask<object>(command, CancellationToken.None);
        }
        catch (AskTimeoutException)
        {
            instance.Guardian.Tell(new EndTap(tap));
            throw;
        }
    }

    private async Task Stream(HttpContext context)
    {
        context.Response.ContentType = "application/x-pcapng";
        await Find(context).Write(context.Response.BodyWriter, context.RequestAborted);
    }

    private async Task End(HttpContext context)
    {
        var tap = Find(context);
        await tap.End();
        await context.Reply(tap.Result, ControlJson.Default.TapEndAnswer);
    }

    private RunningTap Find(HttpContext context) =>
        _taps.TryGetValue(context.Request.RouteValues["id"] as string ?? "", out var tap) ? tap : throw new ControlException(404, "there is no such tap, or no longer");
}
