using Akka.Configuration;
using Akka.Dispatch;

namespace UdpTun.Actors.EventLoop;

/// <summary>
/// What <c>executor = "UdpTun.Actors.EventLoop.EventLoopExecutorConfigurator, UdpTun.Actors"</c> names in HOCON. With <c>turn = last</c>
/// the dispatcher's actors run when those of the loop's other dispatchers have nothing left in a round. <c>shard</c> says on which of the
/// loops; see <see cref="ShardDispatchers"/>.
/// </summary>
public sealed class EventLoopExecutorConfigurator(Config config, IDispatcherPrerequisites prerequisites)
    : ExecutorServiceConfigurator(config, prerequisites)
{
    private readonly bool _last = config.GetString("turn") == "last";
    private readonly int _shard = config.GetInt(ShardDispatchers.ShardKey);

    /// <exception cref="ConfigurationException">The actor system was made without an <see cref="EventLoopSetup"/>.</exception>
    public override ExecutorService Produce(string id)
    {
        var setup = Prerequisites.Settings.Setup.Get<EventLoopSetup>();
        if (!setup.HasValue)
        {
            throw new ConfigurationException(
                $"dispatcher {id}: the actor system has no {nameof(EventLoopSetup)}; add one before it starts");
        }

        var loop = setup.Value.Loops[_shard];
        return new EventLoopExecutor(id, _last ? loop.ExecuteLast : loop.Execute);
    }
}
