namespace UdpTun.Actors.Tunnel;

/// <summary>
/// How the tunnel's devices are, for those who look from outside the actor system and may not wait: health checks, metrics, the watchdog.
/// Written by the guardian, readable from any thread.
/// </summary>
public sealed class TunnelStatus
{
    private volatile IReadOnlyList<DeviceStatus> _devices = [];

    /// <summary>Every device that the line is made of; none before the tree stands.</summary>
    public IReadOnlyList<DeviceStatus> Devices
    {
        get => _devices;
        internal set => _devices = value;
    }

    /// <summary>Whether packets can pass.</summary>
    public bool IsReady => Devices is { Count: > 0 } devices && devices.All(device => device.IsOpen);
}

/// <param name="Name">Such as <c>servertun</c>.</param>
/// <param name="IsOpen">False before it is first opened, and while it is lost.</param>
/// <param name="Losses">How often it went away since the tree was built.</param>
public sealed record DeviceStatus(string Name, bool IsOpen, long Losses);
