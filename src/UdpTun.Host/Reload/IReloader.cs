using UdpTun.Host.Configuration;

namespace UdpTun.Host.Reload;

/// <summary>Lets an instance take what has changed in its configuration, or, where anything is wrong, nothing; the log tells what came of it.</summary>
internal interface IReloader
{
    /// <exception cref="ConfigurationException">The new configuration is wrong; nothing is changed.</exception>
    /// <exception cref="Akka.Actor.AskTimeoutException">The actors do not answer. Another reload tries it all again.</exception>
    Task<ReloadReport> ReloadAsync(CancellationToken stop);
}
