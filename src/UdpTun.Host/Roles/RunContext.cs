using Akka.Configuration;
using Serilog;
using UdpTun.Actors.Settings;
using UdpTun.Host.Cli;
using UdpTun.Host.Logging;
using UdpTun.Host.Reload;
using UdpTun.Host.Secure;

namespace UdpTun.Host.Roles;

/// <summary>What a role is given.</summary>
/// <param name="Options">The command line.</param>
/// <param name="Config">The settings of all layers as HOCON, for the actor system; see <see cref="Hosting.ActorHost"/>.</param>
/// <param name="Configuration">The same, checked; and what of it changes while the role runs.</param>
/// <param name="Log">The run's logger; the program disposes it after the role.</param>
/// <param name="LogLevel">How much it logs.</param>
/// <param name="Reload">Whoever can reload serves it.</param>
/// <param name="Output">Standard output: dumps and tables, never logs.</param>
internal sealed record RunContext(
    RunOptions Options, Config Config, RunningConfiguration Configuration, ILogger Log, LogLevelSwitch LogLevel, ReloadSignal Reload, TextWriter Output)
{
    /// <summary>What the role goes by at present.</summary>
    public TunnelSettings Settings => Configuration.Settings;

    /// <summary>Where the keys and peers of the secure transport are had from.</summary>
    public SecureSource Secure => Configuration.Secure;

    /// <summary>One line about something that is degraded or that the user should know before trusting the tunnel.</summary>
    internal void Warn(string message) => Log.Warning("{Warning:l}", message);
}
