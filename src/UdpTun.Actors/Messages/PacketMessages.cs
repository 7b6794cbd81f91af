using Akka.Actor;
using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;
using UdpTun.Net.Peers;

namespace UdpTun.Actors.Messages;

/// <summary>Which way a batch travels.</summary>
public enum Direction
{
    /// <summary>From the client's side towards the internet.</summary>
    Outbound,

    /// <summary>From the internet towards the client.</summary>
    Inbound,
}

/// <summary>
/// The packets of one flow out of one burst: what the line's actors pass to each other. The message moves its batch: whoever
/// receives it owns the batch and passes it on or releases it.
/// </summary>
/// <param name="Packets">The packets, in the order of arrival.</param>
/// <param name="Flow">Their 5-tuple as it was read; default where a line needs no flows (a client, the lessons) and carries whole
/// bursts.</param>
/// <param name="Peer">The client they come from; default when they come from the TUN.</param>
/// <param name="Direction">Which way they travel.</param>
public sealed record FlowBatch(PacketBatch Packets, FlowKey Flow, PeerId Peer, Direction Direction) : INoSerializationVerificationNeeded
{
    /// <summary>Whether the packets have been through their session's faults and limit.</summary>
    public bool IsReleased { get; init; }
}

/// <summary>
/// Packets from another shard, for the receiver's route. The message moves the burst, which is of the receiver's shard: it delivers and
/// releases it.
/// </summary>
internal sealed record HandedOver(PacketBurst Burst) : INoSerializationVerificationNeeded;

/// <summary>
/// Write what has gathered in this round: told by a writer to itself, so that it comes after the batches that are queued already.
/// </summary>
internal sealed record Flush : INoSerializationVerificationNeeded
{
    public static readonly Flush Instance = new();
}

/// <summary>The device behind the sender takes no more: read nothing that leads to it.</summary>
internal sealed record PauseReading : INoSerializationVerificationNeeded
{
    public static readonly PauseReading Instance = new();
}

/// <summary>The device behind the sender takes packets again.</summary>
internal sealed record ResumeReading : INoSerializationVerificationNeeded
{
    public static readonly ResumeReading Instance = new();
}
