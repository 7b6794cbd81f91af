using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using UdpTun.Host.Control.Server;
using UdpTun.Host.Roles;

namespace UdpTun.Host.Control.Status;

/// <summary>What there is to tell of a client that waits for its server to have an address: <c>GET /status</c>, and nothing else yet.</summary>
/// <param name="host">Where it runs.</param>
/// <param name="server">As it is set.</param>
/// <param name="obstacle">Why it waits.</param>
internal sealed class WaitingEndpoints(RoleHost host, string server, Func<string> obstacle) : IControlEndpoints
{
    private static readonly TrafficStatus None = new(0, 0);

    private readonly DateTimeOffset _startedAt = DateTimeOffset.UtcNow;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/status", context => context.Reply(Status(), ControlJson.Default.StatusAnswer));
        routes.Map("/{**path}", _ => throw new ControlException(
            StatusCodes.Status503ServiceUnavailable, $"{host.Device} carries nothing yet: {obstacle()}"));
    }

    private StatusAnswer Status() => new()
    {
        Instance = host.Device,
        Namespace = host.Journal.Place.Namespace,
        Pid = Environment.ProcessId,
        Version = StatusEndpoints.Version,
        Role = "client",
        StartedAt = _startedAt,
        UptimeSeconds = Math.Round((DateTimeOffset.UtcNow - _startedAt).TotalSeconds, 1),
        Transport = host.Context.Settings.Transport.ToString().ToLowerInvariant(),
        Mtu = host.Mtu,
        Server = server,
        NoSession = obstacle(),
        ExternalAddresses = [],
        Devices = [],
        Shards = [],
        Peers = [],
        TunIn = None,
        TunOut = None,
        UdpIn = None,
        UdpOut = None,
        Drops = new Dictionary<string, long>(),
    };
}
