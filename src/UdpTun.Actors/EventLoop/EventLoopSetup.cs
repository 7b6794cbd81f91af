using Akka.Actor.Setup;

namespace UdpTun.Actors.EventLoop;

/// <summary>
/// Carries the loop to the executor, which Akka builds by reflection from a type name in HOCON and which can therefore take no
/// constructor argument of ours.
/// </summary>
public sealed class EventLoopSetup(EventLoop loop) : Setup
{
    public EventLoop Loop { get; } = loop;
}
