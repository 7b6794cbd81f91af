using System.Text.Json.Serialization;
using UdpTun.Host.Control;

namespace UdpTun.Host.Verbs.Peers.Answers;

/// <summary>What <c>peer list --json</c> prints.</summary>
/// <param name="Peers">By name.</param>
internal sealed record PeersAnswer(IReadOnlyList<PeerEntry> Peers) : Answer;

/// <summary>What <c>peer show NAME --json</c> prints.</summary>
/// <param name="Peer">The one.</param>
internal sealed record PeerAnswer(PeerEntry Peer) : Answer;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PeersAnswer))]
[JsonSerializable(typeof(PeerAnswer))]
internal sealed partial class PeerJson : JsonSerializerContext;
