using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Settings;
using UdpTun.Actors.Tunnel;
using UdpTun.Host.Control.Server;
using UdpTun.Host.Verbs.Printing;
using UdpTun.Net.Counters;
using UdpTun.Transport.Secure.Handshakes;

namespace UdpTun.Host.Control.Status;

/// <summary><c>GET /status</c>: how the instance is.</summary>
internal sealed class StatusEndpoints(RunningInstance instance) : IControlEndpoints
{
    private const int MaxPeers = 100;

    internal static readonly string Version =
        typeof(StatusEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/status", Answer);

    private async Task Answer(HttpContext context) =>
        await context.Reply(await Take(context.RequestAborted), ControlJson.Default.StatusAnswer);

    /// <summary>How it is now.</summary>
    internal async Task<StatusAnswer> Take(CancellationToken stop)
    {
        var devices = await instance.Ask<DevicesReport>(GetDevices.Instance, stop);
        var peers = await instance.Ask<PeersReport>(new GetPeers(MaxPeers), stop);
        var secure = await SecurePeers(stop);
        var server = instance.About.Role == "client" ? secure.Values.FirstOrDefault() : null;
        var (about, shards) = (instance.About, instance.Shards);
        return new StatusAnswer
        {
            Instance = instance.Place.Device,
            Namespace = instance.Place.Namespace,
            Pid = Environment.ProcessId,
            Version = Version,
            Role = about.Role,
            StartedAt = instance.StartedAt,
            UptimeSeconds = Math.Round((DateTimeOffset.UtcNow - instance.StartedAt).TotalSeconds, 1),
            Transport = instance.Settings.Transport.ToString().ToLowerInvariant(),
            Mtu = about.Mtu,
            Server = server?.Endpoint?.ToString() ?? about.Server,
            NoSession = server is null ? null : NoSessionOf(server),
            Cipher = server?.Cipher,
            Exit = about.Exit,
            NatClass = about.NatClass?.Invoke(instance.Settings.Nat.Filtering),
            Page = instance.PageAddress()?.ToString(),
            ExternalAddresses = [.. about.Addresses.All.Select(address => address.ToString()!)],
            Devices = [.. devices.Devices.Select(device => new DeviceStatus(device.Name, device.Offload is not null, device.Offload))],
            Shards = [.. shards.Select(Of)],
            PeerCount = shards[0].Role.ClientCount is null ? null : shards.Sum(shard => shard.Role.ClientCount),
            Peers = [.. peers.Peers.Select(peer => Of(peer, secure.GetValueOrDefault(peer.Name)?.Cipher))],
            Sessions = shards[0].Role.SessionCount is null ? null : shards.Sum(shard => shard.Role.SessionCount),
            Mappings = shards[0].Role.SessionCount is null ? null : peers.MappingCount,
            TunIn = Sum(traffic => traffic.FromTun),
            TunOut = Sum(traffic => traffic.ToTun),
            UdpIn = Sum(traffic => traffic.FromUdp),
            UdpOut = Sum(traffic => traffic.ToUdp),
            Drops = DropsOf(shards[0].Line.Drops), // one for all of them
        };
    }

    /// <summary>The peers as the secure transport knows them, by their names; a client's only one is its server. None in plain mode.</summary>
    private async Task<Dictionary<string, SecurePeerReport>> SecurePeers(CancellationToken stop) =>
        instance.Settings.Transport != TransportKind.Secure || instance.About.Role is not ("server" or "client") ? []
        : (await instance.Ask<SecurePeersReport>(GetSecurePeers.Instance, stop)).Peers.ToDictionary(peer => peer.Settings.Name);

    private static string NoSessionOf(SecurePeerReport server)
    {
        // Keys of the time before the preshared key was another are none any more at its other end.
        if (server.HasSession && server.Failure != HandshakeFailure.PresharedKey) return "";
        return server.Failure == HandshakeFailure.None ? "it is being called" : $"after {Words.Some(server.Attempts, "call")}: {server.Failure.Explain()}";
    }

    private static ShardStatus Of(Shard shard) => new(shard.Role.ClientCount, shard.Role.SessionCount, Of(shard.Line.Traffic.HandedOver));

    private static PeerStatus Of(PeerReport peer, string? cipher) => new(
        peer.Name, peer.Endpoint, peer.Sessions, peer.Idle is { } idle ? Math.Round(Math.Max(0, idle.TotalSeconds), 1) : null, Of(peer.Received), Of(peer.Sent),
        cipher);

    private static TrafficStatus Of(TrafficCounters counters) => new(counters.Packets, counters.Bytes);

    private TrafficStatus Sum(Func<LineTraffic, TrafficCounters> which) => new(
        instance.Shards.Sum(shard => which(shard.Line.Traffic).Packets), instance.Shards.Sum(shard => which(shard.Line.Traffic).Bytes));

    private static Dictionary<string, long> DropsOf(DropCounters drops) => Enum.GetValues<DropReason>()
        .Where(reason => drops[reason] > 0).ToDictionary(reason => reason.ToString(), reason => drops[reason]);
}
