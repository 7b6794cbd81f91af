using Akka.Actor;
using UdpTun.Actors.Settings;

namespace UdpTun.Actors.Messages;

/// <summary>
/// Tells the guardian that these settings hold from now on, as far as they are live: what a device or a line is made of stays as it is. Answered
/// by <see cref="SettingsApplied"/> when every shard goes by them.
/// </summary>
public sealed record ApplySettings(TunnelSettings Settings) : INoSerializationVerificationNeeded;

/// <summary>The settings hold.</summary>
/// <param name="Waiting">Static mappings that have their port only when the flows that still use it have ended; a sentence each.</param>
public sealed record SettingsApplied(IReadOnlyList<string> Waiting) : INoSerializationVerificationNeeded;
