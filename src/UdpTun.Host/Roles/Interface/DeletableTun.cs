using UdpTun.Net.Io;

namespace UdpTun.Host.Roles.Interface;

/// <summary>
/// A TUN that is opened once: when the line asks for another one, somebody has deleted it (<c>ip link del</c>, <c>wg-quick down</c>), which ends
/// the interface. Any thread.
/// </summary>
internal sealed class DeletableTun(IDeviceFactory<ITunDevice> tun) : IDeviceFactory<ITunDevice>
{
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _wasOpen;

    public string Name => tun.Name;

    /// <summary>Completes when the device is gone for good.</summary>
    public Task Gone => _gone.Task;

    public ITunDevice Open()
    {
        if (_wasOpen)
        {
            _gone.TrySetResult();
            throw new DeviceUnavailableException($"{Name} was deleted");
        }

        var device = tun.Open();
        _wasOpen = true;
        return device;
    }

    public bool IsHealthy() => tun.IsHealthy();
}
