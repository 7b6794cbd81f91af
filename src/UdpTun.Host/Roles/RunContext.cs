using Akka.Configuration;
using Serilog;
using UdpTun.Actors.Settings;
using UdpTun.Host.Cli;
using UdpTun.Host.Secure;

namespace UdpTun.Host.Roles;

/// <summary>What a role is given.</summary>
/// <param name="Options">The command line.</param>
/// <param name="Settings">The checked settings of all layers.</param>
/// <param name="Config">The same as HOCON, for the actor system; see <see cref="Hosting.ActorHost"/>.</param>
/// <param name="Secure">Where the keys and peers of the secure transport are had from.</param>
/// <param name="Log">The run's logger; the program disposes it after the role.</param>
/// <param name="Output">Standard output: dumps and tables, never logs.</param>
internal sealed record RunContext(RunOptions Options, TunnelSettings Settings, Config Config, SecureSource Secure, ILogger Log, TextWriter Output)
{
    /// <summary>One line about something that is degraded or that the user should know before trusting the tunnel.</summary>
    internal void Warn(string message) => Log.Warning("{Warning:l}", message);
}
