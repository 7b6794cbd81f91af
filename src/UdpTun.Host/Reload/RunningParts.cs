using Akka.Actor;
using UdpTun.Actors.Settings;
using UdpTun.Host.Logging;

namespace UdpTun.Host.Reload;

/// <summary>All that goes by settings beside the tunnel's tree: what a role has set up, and how much is logged.</summary>
internal sealed class RunningParts(IReloadable role, LogLevelSwitch level, ActorSystem actors) : IReloadable
{
    public (string Key, string Why)? FindObstacle(TunnelSettings settings) => role.FindObstacle(settings);

    public void Use(TunnelSettings settings)
    {
        level.Set(settings.Log.Level, actors);
        role.Use(settings);
    }
}
