using Akka.Configuration;
using Akka.Dispatch;

namespace UdpTun.Actors.EventLoop;

/// <summary>What <c>executor = "UdpTun.Actors.EventLoop.EventLoopExecutorConfigurator, UdpTun.Actors"</c> names in HOCON.</summary>
public sealed class EventLoopExecutorConfigurator(Config config, IDispatcherPrerequisites prerequisites)
    : ExecutorServiceConfigurator(config, prerequisites)
{
    /// <exception cref="ConfigurationException">The actor system was made without an <see cref="EventLoopSetup"/>.</exception>
    public override ExecutorService Produce(string id)
    {
        var setup = Prerequisites.Settings.Setup.Get<EventLoopSetup>();
        if (!setup.HasValue)
        {
            throw new ConfigurationException(
                $"dispatcher {id}: the actor system has no {nameof(EventLoopSetup)}; add one before it starts");
        }

        return new EventLoopExecutor(id, setup.Value.Loop);
    }
}
