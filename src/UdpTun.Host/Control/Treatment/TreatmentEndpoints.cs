using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Akka.Actor;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using UdpTun.Actors.Messages;
using UdpTun.Host.Control.Server;
using UdpTun.Net.Nat;
using UdpTun.Net.Treatment.Faults;

namespace UdpTun.Host.Control.Treatment;

/// <summary>
/// <c>POST /flows/{id}/limit</c> and <c>POST /flows/{id}/fault</c>: what an operator does to one flow. <c>POST /ping</c>: one ping of a peer
/// through the tunnel.
/// </summary>
internal sealed class TreatmentEndpoints(RunningInstance instance) : IControlEndpoints
{
    private const int MostPingBytes = 1024;
    private const int MostPatience = 30_000;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/flows/{id}/limit", Limit);
        routes.MapPost("/flows/{id}/fault", Fault);
        routes.MapPost("/ping", Ping);
    }

    private async Task Limit(HttpContext context)
    {
        var (rate, request) = (default(BitRate), await Read(context, ControlJson.Default.LimitRequest));
        if (request.Rate != "off" && !BitRate.TryParse(request.Rate ?? "", out rate))
            throw new ControlException(400, $"a limit is off or {BitRate.Syntax}, not '{request.Rate}'");
        await Apply(context, id => new SetLimit(id, request.Rate == "off" ? null : rate));
    }

    private async Task Fault(HttpContext context)
    {
        var words = (await Read(context, ControlJson.Default.FaultRequest)).Faults ?? [];
        FlowFaults? faults = null;
        if (words is not ["off"] && !FaultWords.TryParse(words, RandomNumberGenerator.GetInt32(int.MaxValue), out faults, out var error))
            throw new ControlException(400, error);
        await Apply(context, id => new SetFaults(id, faults));
    }

    private async Task Apply(HttpContext context, Func<SessionId, SessionCommand> command)
    {
        // A slash stays escaped in a route's value.
        var id = FlowIdOf(Uri.UnescapeDataString(context.Request.RouteValues["id"] as string ?? ""));
        var answer = await instance.Ask<object>(command(id.Number) with { Name = id.Name }, context.RequestAborted);
        if (answer is not TreatmentReport report) throw NoSuchFlow(id.Name);
        await context.Reply(
            new TreatmentAnswer(report.Session, report.Flow, report.Limit?.ToString(), report.Faults?.ToString()),
            ControlJson.Default.TreatmentAnswer);
    }

    private async Task Ping(HttpContext context)
    {
        var request = await Read(context, ControlJson.Default.PingRequest);
        if (request.Peer is not { } peer) throw new ControlException(400, "name the peer");
        if (request.Bytes is < 8 or > MostPingBytes) throw new ControlException(400, $"a ping holds 8 to {MostPingBytes} bytes of data, not {request.Bytes}");
        if (request.TimeoutMilliseconds is < 1 or > MostPatience)
            throw new ControlException(400, $"a ping waits 1 to {MostPatience} ms for its answer, not {request.TimeoutMilliseconds}");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        patience.CancelAfter(request.TimeoutMilliseconds);
        PingAnswer answer;
        try
        {
            answer = await instance.Guardian.Ask<object>(new PingPeer(peer, request.Bytes), patience.Token) switch
            {
                PeerPinged pinged => new PingAnswer(pinged.Client, pinged.Inner, pinged.RoundTrip.TotalMilliseconds),
                PeerNotPinged refused => throw new ControlException(409, $"{refused.Client} {refused.Reason}"),
                PeerNotFound unknown => throw NoSuchPeer(peer, unknown.Matches),
                _ => throw new ControlException(500, "the tunnel gave an answer that was not asked for"),
            };
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            answer = new PingAnswer(null, null, null);
        }

        await context.Reply(answer, ControlJson.Default.PingAnswer);
    }

    /// <summary>A flow's name, such as <c>tcp-42</c>, as its session's number.</summary>
    internal static (SessionId Number, string Name) FlowIdOf(string name)
    {
        var dash = name.LastIndexOf('-');
        var isNumber = long.TryParse(name.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0;
        return dash > 0 && isNumber && name[..dash] is "tcp" or "udp" or "icmp" or "icmp6"
            ? (new SessionId(number), name)
            : throw new ControlException(400, $"'{name}' is no flow's name; one is like tcp-42 ('udptun flows' lists them)");
    }

    internal static ControlException NoSuchFlow(string name) =>
        new(404, $"there is no flow {name}, or no longer ('udptun flows' lists those there are)");

    internal static ControlException NoSuchPeer(string peer, IReadOnlyList<string> matches) => matches.Count == 0
        ? new ControlException(404, $"there is no peer {peer} ('udptun status' lists those there are)")
        : new ControlException(400, $"{peer} may be {string.Join(" or ", matches)}: say which");

    internal static async Task<T> Read<T>(HttpContext context, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted)
                ?? throw new ControlException(400, "the request's body is null");
        }
        catch (JsonException malformed)
        {
            throw new ControlException(400, $"the request's body is not as it should be: {malformed.Message}");
        }
    }
}
