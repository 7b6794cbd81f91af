using Akka.Actor;
using UdpTun.Net.Nat;
using UdpTun.Net.Treatment.Capture;
using UdpTun.Net.Treatment.Faults;

namespace UdpTun.Actors.Messages;

/// <summary>
/// What the operator wants done to one session; answered by <see cref="TreatmentReport"/>, of a tap by <see cref="TapStarted"/>, or by
/// <see cref="NoSuchSession"/>.
/// </summary>
public abstract record SessionCommand(SessionId Session) : INoSerializationVerificationNeeded
{
    /// <summary>What the session has to be called, or else it is not the one that is meant; null: whatever it is called.</summary>
    public string? Name { get; init; }
}

/// <summary>Faults for a session's packets from now on; null ends them.</summary>
public sealed record SetFaults(SessionId Session, FlowFaults? Faults) : SessionCommand(Session);

/// <summary>A limit for each way of a session; null ends it.</summary>
public sealed record SetLimit(SessionId Session, BitRate? Limit) : SessionCommand(Session);

/// <summary>Copies a session's packets into a tap until <see cref="EndTap"/>.</summary>
public sealed record TapSession(SessionId Session, PacketTap Tap) : SessionCommand(Session);

/// <summary>
/// Copies the packets of all of a peer's sessions, present and future, into a tap until <see cref="EndTap"/>; answered by
/// <see cref="TapStarted"/> or <see cref="PeerNotFound"/>.
/// </summary>
/// <param name="Peer">See <see cref="Net.Peers.PeerRegistry.Find"/>.</param>
/// <param name="Tap">Where the copies go.</param>
public sealed record TapPeer(string Peer, PacketTap Tap) : PeerCommand(Peer);

/// <summary>Ends a tap, told to the NAT that has it; answered by <see cref="TapEnded"/> when no more will be copied.</summary>
public sealed record EndTap(PacketTap Tap) : INoSerializationVerificationNeeded;

/// <summary>What is done to a session now.</summary>
/// <param name="Session">The session's name.</param>
/// <param name="Flow">Its inner endpoint, outer endpoint and remote in words.</param>
/// <param name="Faults">Null: none.</param>
/// <param name="Limit">Null: none.</param>
/// <param name="Taps">How many taps it has.</param>
public sealed record TreatmentReport(string Session, string Flow, FlowFaults? Faults, BitRate? Limit, int Taps)
    : INoSerializationVerificationNeeded;

/// <summary>There is no session of that number, or no longer.</summary>
public sealed record NoSuchSession : INoSerializationVerificationNeeded
{
    public static readonly NoSuchSession Instance = new();
}

/// <summary>Packets are being copied.</summary>
/// <param name="Name">The session's name, or the client's address and port outside the tunnel.</param>
/// <param name="Sessions">Tapped sessions so far.</param>
/// <param name="Nat">Who has the tap, to be told <see cref="EndTap"/>.</param>
public sealed record TapStarted(string Name, int Sessions, IActorRef Nat) : INoSerializationVerificationNeeded;

/// <summary>Nothing more is copied into the tap.</summary>
public sealed record TapEnded : INoSerializationVerificationNeeded
{
    public static readonly TapEnded Instance = new();
}

/// <summary>A session tells itself that packets which it holds back may be due.</summary>
internal sealed record ReleaseHeldPackets : INoSerializationVerificationNeeded
{
    public static readonly ReleaseHeldPackets Instance = new();
}
