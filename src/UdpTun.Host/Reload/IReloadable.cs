using UdpTun.Actors.Settings;

namespace UdpTun.Host.Reload;

/// <summary>What runs by settings beside the actors, and what it cannot do with them while it runs.</summary>
internal interface IReloadable
{
    /// <summary>A setting that waits for the next start though others of its kind are live, and why; null: there is none.</summary>
    (string Key, string Why)? FindObstacle(TunnelSettings settings);

    /// <summary>Goes by other settings from now on; they have no obstacle. May block.</summary>
    void Use(TunnelSettings settings);
}
