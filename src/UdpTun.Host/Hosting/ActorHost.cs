using Akka.Actor;
using Akka.Actor.Setup;
using Akka.DependencyInjection;
using Akka.Hosting;
using Akka.Hosting.Logging;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Serilog;
using UdpTun.Actors.Hosting;
using UdpTun.Host.Logging;
using UdpTun.Host.Roles;
using GenericHost = Microsoft.Extensions.Hosting.Host;

namespace UdpTun.Host.Hosting;

/// <summary>The generic host around an actor system called <c>udptun</c>, with the loaded configuration and the run's logger.</summary>
internal static class ActorHost
{
    private const string SystemName = "udptun";

    /// <summary>Builds, does not start. <paramref name="configure"/> adds setups and the actors that begin with the system.</summary>
    internal static IHost Build(RunContext context, Action<AkkaConfigurationBuilder> configure)
    {
        var builder = GenericHost.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = SystemName });
        builder.Services.AddSerilog(context.Log, dispose: false);
        builder.Services.AddSingleton<IHostLifetime, ProgramLifetime>();
        builder.Services.AddHealthChecks();
        builder.Services.AddAkka(SystemName, (akka, _) =>
        {
            akka.AddHocon(context.Config, HoconAddMode.Prepend).LogToLoggerFactory();
            configure(akka);
        });
        // The last registration counts: this one.
        builder.Services.AddSingleton(StartActors);
        return builder.Build();
    }

    private static ActorSystem StartActors(IServiceProvider services)
    {
        var akka = services.GetRequiredService<AkkaConfigurationBuilder>();
        var logging = new LoggerFactorySetup(services.GetRequiredService<ILoggerFactory>());
        Setup[] setups = [DependencyResolverSetup.Create(services), logging, .. akka.Setups];
        return LocalSystem.Start(SystemName, akka.Configuration.Value, ActorSystemSetup.Create(setups));
    }
}
