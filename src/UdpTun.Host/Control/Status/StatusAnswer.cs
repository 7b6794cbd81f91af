namespace UdpTun.Host.Control.Status;

/// <summary>How a running instance is. Packets and bytes are of IP packets inside the tunnel, since the start.</summary>
internal sealed record StatusAnswer : Answer
{
    /// <summary>The TUN's name.</summary>
    public required string Instance { get; init; }

    /// <summary>The inode of its network namespace.</summary>
    public required string Namespace { get; init; }

    public required int Pid { get; init; }

    public required string Version { get; init; }

    /// <summary>server, client, dump or echo.</summary>
    public required string Role { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required double UptimeSeconds { get; init; }

    public required string Transport { get; init; }

    /// <summary>Bytes of the longest packet in the tunnel.</summary>
    public required int Mtu { get; init; }

    /// <summary>A client's server.</summary>
    public string? Server { get; init; }

    /// <summary>
    /// Why a client has no session with its server; empty where one of the secure transport has one, null for other roles. In plain mode there is
    /// nothing to wait for but the server's address.
    /// </summary>
    public string? NoSession { get; init; }

    /// <summary>What encrypts a client's packets; null: nothing does, there is no session, or for other roles.</summary>
    public string? Cipher { get; init; }

    /// <summary>A server's exit; null for other roles.</summary>
    public string? Exit { get; init; }

    /// <summary>What the internet sees of the NAT, in the words of RFC 4787.</summary>
    public string? NatClass { get; init; }

    /// <summary>Where its live page is; null while that is not open.</summary>
    public string? Page { get; init; }

    /// <summary>What the internet knows the clients by.</summary>
    public required IReadOnlyList<string> ExternalAddresses { get; init; }

    public required IReadOnlyList<DeviceStatus> Devices { get; init; }

    public required IReadOnlyList<ShardStatus> Shards { get; init; }

    /// <summary>All clients of a server.</summary>
    public int? PeerCount { get; init; }

    /// <summary>Those with the most traffic.</summary>
    public required IReadOnlyList<PeerStatus> Peers { get; init; }

    public int? Sessions { get; init; }

    public int? Mappings { get; init; }

    public required TrafficStatus TunIn { get; init; }

    public required TrafficStatus TunOut { get; init; }

    public required TrafficStatus UdpIn { get; init; }

    public required TrafficStatus UdpOut { get; init; }

    /// <summary>Dropped packets by DropReason, those above 0.</summary>
    public required IReadOnlyDictionary<string, long> Drops { get; init; }
}

/// <param name="Name">As the log calls it.</param>
/// <param name="Open">Whether packets pass it now.</param>
/// <param name="Offload">What the kernel does for many packets at once; null while it is not open.</param>
internal sealed record DeviceStatus(string Name, bool Open, string? Offload);

/// <param name="Clients">Clients on this shard; null where a line serves none.</param>
/// <param name="Sessions">Its sessions; null on a line without NAT.</param>
/// <param name="HandedOver">What it gave to other shards, whose it was.</param>
internal sealed record ShardStatus(int? Clients, int? Sessions, TrafficStatus HandedOver);

/// <param name="Name">Short and unlike every other's, as <c>flows --peer</c> takes it.</param>
/// <param name="Endpoint">Where its datagrams come from.</param>
/// <param name="Sessions">Its sessions now.</param>
/// <param name="IdleSeconds">Since its last datagram; null: none has come.</param>
/// <param name="Received">From the peer.</param>
/// <param name="Sent">To the peer.</param>
/// <param name="Cipher">What encrypts its packets; null: nothing does, or it has no session.</param>
internal sealed record PeerStatus(
    string Name, string Endpoint, int Sessions, double? IdleSeconds, TrafficStatus Received, TrafficStatus Sent, string? Cipher = null);

internal sealed record TrafficStatus(long Packets, long Bytes);
