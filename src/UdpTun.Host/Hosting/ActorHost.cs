using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Serilog;
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
        return builder.Build();
    }
}
