using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using UdpTun.Host.Control;
using UdpTun.Host.Control.Server;
using UdpTun.Host.Control.Status;
using UdpTun.Linux.HostSetup;

namespace UdpTun.Host.Tests.Control;

/// <summary>An instance that tells what a test wants it to, behind the real server.</summary>
internal sealed class FakeInstance(StatusAnswer status) : IControlEndpoints
{
    /// <summary>What <c>GET /trouble</c> does.</summary>
    public Func<HttpContext, Task> Trouble { get; init; } = _ => Task.CompletedTask;

    public static StatusAnswer Status(string instance) => new()
    {
        Instance = instance,
        Namespace = "4026531840",
        Pid = 4711,
        Version = "0.1.0",
        Role = "server",
        StartedAt = new DateTimeOffset(2026, 11, 22, 14, 3, 7, TimeSpan.Zero),
        UptimeSeconds = 93784,
        Transport = "plain",
        Mtu = 1420,
        Exit = "port-range",
        NatClass = "endpoint-independent mapping",
        ExternalAddresses = ["203.0.113.1"],
        Devices = [new DeviceStatus(instance, true, "TCP super-packets"), new DeviceStatus("udp 0.0.0.0:9877", false, null)],
        Shards = [new ShardStatus(1, 2, new TrafficStatus(0, 0))],
        PeerCount = 2,
        Peers =
        [
            new PeerStatus("10.77.1.2:40000", "10.77.1.2:40000", 2, 3.4, new TrafficStatus(3, 252), new TrafficStatus(2, 1234567)),
            new PeerStatus("phone", "", 0, null, new TrafficStatus(0, 0), new TrafficStatus(0, 0)),
        ],
        Sessions = 2,
        Mappings = 1,
        TunIn = new TrafficStatus(1, 84),
        TunOut = new TrafficStatus(2, 1_500_000),
        UdpIn = new TrafficStatus(1234567, 3),
        UdpOut = new TrafficStatus(4, 5),
        Drops = new Dictionary<string, long> { ["NoSession"] = 7, ["Filtered"] = 12 },
    };

    public ControlServer Start(InstancePlace place) =>
        ControlServer.TryStart(place.ControlSocket, [this], Serilog.Core.Logger.None)
        ?? throw new InvalidOperationException("the control server did not start");

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/status", context => context.Reply(status, ControlJson.Default.StatusAnswer));
        routes.MapGet("/trouble", context => Trouble(context));
    }
}
