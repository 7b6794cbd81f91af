using Akka.Actor;
using UdpTun.Actors.Routes;
using UdpTun.Net.Io;

namespace UdpTun.Actors.Messages;

/// <summary>The poller found the receiver's device readable, in error or hung up.</summary>
public sealed record ReadReady : INoSerializationVerificationNeeded
{
    public static readonly ReadReady Instance = new();
}

/// <summary>The poller found room in the receiver's device.</summary>
public sealed record WriteReady : INoSerializationVerificationNeeded
{
    public static readonly WriteReady Instance = new();
}

/// <summary>The TUN is open. Sent to its reader, who owns it from now on, and to its writer, who only writes.</summary>
internal sealed record TunOpened(ITunDevice Device, IBurstRoute Route) : INoSerializationVerificationNeeded;

/// <summary>The UDP socket is open. Its receiver owns it from now on.</summary>
internal sealed record UdpOpened(IUdpSocket Socket, IBurstRoute Route) : INoSerializationVerificationNeeded;

/// <summary>A reader asks its parent for the device that it should be reading (after a restart, or when it is new).</summary>
internal sealed record GetDevice : INoSerializationVerificationNeeded
{
    public static readonly GetDevice Instance = new();
}

/// <summary>Let go of this device: it is of no use any more.</summary>
internal sealed record CloseDevice(IPollSource Device) : INoSerializationVerificationNeeded;

/// <summary>A device went down or away under its reader or writer.</summary>
internal sealed record DeviceLost(IPollSource Device, IoStatus Status) : INoSerializationVerificationNeeded;

/// <summary>Opens the sockets anew and lets go of those before: they are to be at another port. Nobody answers.</summary>
public sealed record ReopenSockets : INoSerializationVerificationNeeded
{
    public static readonly ReopenSockets Instance = new();
}
