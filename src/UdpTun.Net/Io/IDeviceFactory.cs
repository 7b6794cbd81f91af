namespace UdpTun.Net.Io;

/// <summary>Opens one end of the line together with all it needs on the host (addresses, routes). Called off the event loop.</summary>
public interface IDeviceFactory<out TDevice> where TDevice : IPollSource
{
    /// <summary>What a log calls the device before it is open.</summary>
    string Name { get; }

    /// <summary>
    /// Opens the device; may block for as long as the host's tools take. Called again after a loss, and must then redo whatever vanished
    /// with the device.
    /// </summary>
    /// <exception cref="DeviceUnavailableException">The host does not let us: the message names the call, the object and the
    /// remedy.</exception>
    TDevice Open();

    /// <summary>
    /// Whether an open device is still fit for use: false when the interface is down, gone or renamed although its
    /// descriptor still looks sound. May block briefly; called every few seconds, off the event loop.
    /// </summary>
    bool IsHealthy();
}
