using UdpTun.Actors.EventLoop;
using UdpTun.Actors.Lines;

namespace UdpTun.Actors.Tunnel;

/// <summary>A whole line on an event loop of its own. A tunnel has one, or a server several side by side.</summary>
/// <param name="Role">The line to build.</param>
/// <param name="Line">What its actors share; outlives them.</param>
/// <param name="Number">0 for the first.</param>
public sealed record Shard(ILinePlan Role, LineContext Line, int Number = 0)
{
    public const string LoopDispatcher = "udptun.loop-dispatcher";

    public const string LoopLastDispatcher = "udptun.loop-last-dispatcher";

    /// <summary>HOCON path of the event loop's dispatcher.</summary>
    public string Dispatcher { get; init; } = ShardDispatchers.NameOf(LoopDispatcher, Number);

    /// <summary>The same loop's, for what has its turn when the line has had its.</summary>
    public string LastDispatcher { get; init; } = ShardDispatchers.NameOf(LoopLastDispatcher, Number);

    /// <summary>What an actor of this shard is called: the second shard's have a 2 behind their names, and so on.</summary>
    public string NameOf(string part) => Number == 0 ? part : $"{part}-{Number + 1}";
}
