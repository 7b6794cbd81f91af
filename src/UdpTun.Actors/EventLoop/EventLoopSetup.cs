using Akka.Actor.Setup;

namespace UdpTun.Actors.EventLoop;

/// <summary>
/// Carries the loops to the executor, which Akka builds by reflection from a type name in HOCON and which can therefore take no
/// constructor argument of ours.
/// </summary>
/// <param name="loops">One for each shard, in their order.</param>
public sealed class EventLoopSetup(params IReadOnlyList<EventLoop> loops) : Setup
{
    public IReadOnlyList<EventLoop> Loops { get; } = loops;
}
