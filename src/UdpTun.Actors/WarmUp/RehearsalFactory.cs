using UdpTun.Net.Io;

namespace UdpTun.Actors.WarmUp;

/// <summary>Opens an end that is there already.</summary>
internal sealed class RehearsalFactory<TDevice>(TDevice end) : IDeviceFactory<TDevice> where TDevice : IPollSource
{
    public string Name => end.Name;

    public TDevice Open() => end;

    public bool IsHealthy() => true;
}
