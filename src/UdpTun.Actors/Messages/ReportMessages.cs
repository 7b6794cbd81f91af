using Akka.Actor;
using UdpTun.Net.Counters;

namespace UdpTun.Actors.Messages;

/// <summary>Asks the guardian for the tunnel's devices; answered by <see cref="DevicesReport"/>.</summary>
public sealed record GetDevices : INoSerializationVerificationNeeded
{
    public static readonly GetDevices Instance = new();
}

/// <summary>The tunnel's devices, those of each shard.</summary>
public sealed record DevicesReport(IReadOnlyList<DeviceReport> Devices) : INoSerializationVerificationNeeded;

/// <param name="Name">As the log calls it.</param>
/// <param name="Offload">What the kernel does for many packets at once; null while the device is not open.</param>
public sealed record DeviceReport(string Name, string? Offload);

/// <summary>Asks for the clients of a server; answered by <see cref="PeersReport"/>.</summary>
/// <param name="Max">Clients that the answer holds at most, those with the most traffic first.</param>
public sealed record GetPeers(int Max) : INoSerializationVerificationNeeded;

/// <summary>A server's clients; none on a line that serves none.</summary>
/// <param name="Peers">At most as many as were asked for, the most traffic first.</param>
/// <param name="MappingCount">The NAT's mappings, all clients' together.</param>
public sealed record PeersReport(IReadOnlyList<PeerReport> Peers, int MappingCount) : INoSerializationVerificationNeeded;

/// <param name="Name">What the operator calls it: its address and port outside the tunnel.</param>
/// <param name="Endpoint">Its address and port outside the tunnel.</param>
/// <param name="Sessions">Its sessions now.</param>
/// <param name="Idle">Time since its last datagram; null: none has come.</param>
/// <param name="Received">From the peer; goes on counting.</param>
/// <param name="Sent">To the peer; goes on counting.</param>
public sealed record PeerReport(
    string Name, string Endpoint, int Sessions, TimeSpan? Idle, TrafficCounters Received, TrafficCounters Sent);
