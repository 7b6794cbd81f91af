using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Actor.Setup;
using Akka.Configuration;

namespace UdpTun.Actors.Hosting;

/// <summary>Starts actor systems that never leave their process.</summary>
public static class LocalSystem
{
    /// <summary>
    /// As <see cref="ActorSystem.Create(string, ActorSystemSetup)"/>, which looks for an app.config even where it is given a configuration, and
    /// for that alone loads System.Configuration and System.Private.Xml (ADR 0026).
    /// </summary>
    /// <param name="name">The system's name.</param>
    /// <param name="config">Goes before Akka's own defaults.</param>
    /// <param name="setup">What else the system is given.</param>
    public static ActorSystem Start(string name, Config config, ActorSystemSetup setup)
    {
        var system = new ActorSystemImpl(name, config.WithFallback(s_ours), setup);
        system.Start();
        return system;
    }

    /// <summary>In place of Akka's: messages are never serialized (ADR 0026), timers do not tick (ADR 0028).</summary>
    private static readonly Config s_ours = ConfigurationFactory.ParseString(
        $"akka.actor.serializers.json = \"{typeof(LocalSerializer).AssemblyQualifiedName}\"\n"
        + $"akka.scheduler.implementation = \"{typeof(RuntimeScheduler).AssemblyQualifiedName}\"");
}
