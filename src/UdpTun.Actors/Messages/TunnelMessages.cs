using Akka.Actor;

namespace UdpTun.Actors.Messages;

/// <summary>
/// Asks the guardian to answer once: with <see cref="TunnelReady"/> when every device is open, or <see cref="TunnelFailed"/> when the
/// first attempt at one failed.
/// </summary>
public sealed record WaitUntilReady : INoSerializationVerificationNeeded
{
    public static readonly WaitUntilReady Instance = new();
}

/// <summary>Packets pass.</summary>
public sealed record TunnelReady : INoSerializationVerificationNeeded
{
    public static readonly TunnelReady Instance = new();
}

/// <summary>A device could not be opened at the first attempt. The guardian goes on trying; whoever asked may rather give up.</summary>
public sealed record TunnelFailed(Exception Reason) : INoSerializationVerificationNeeded;
