using UdpTun.Linux.HostSetup;
using UdpTun.Linux.Interop;
using UdpTun.Net.Io;

namespace UdpTun.Linux.Tun;

/// <summary>
/// Makes a TUN, or attaches to a persistent one, and gives it its addresses, MTU, queue length and routes. A TUN of our own
/// takes all of that along when it is closed; what is added to an attached one goes into the journal and is taken back when the
/// journal is disposed, while the device stays.
/// </summary>
/// <param name="options">What the device is to be like.</param>
/// <param name="journal">The journal of the instance that bears the device's name.</param>
/// <param name="warn">Told, in one sentence, what could not be had and is done without (IPv6 on a host without it).</param>
public sealed class TunDeviceFactory(TunDeviceOptions options, HostJournal journal, Action<string>? warn = null)
    : IDeviceFactory<ITunDevice>, IDisposable
{
    // What any MTU that others choose stays below, and of which a burst without offload still holds some.
    private const int LongestPacket = 65535 - 32 - 28;

    private readonly Lock _opening = new();
    private readonly Lock _gate = new();
    private LinkProbe? _probe;
    private FileDescriptor? _descriptor; // the device's, which closes it

    public string Name => options.Name;

    public ITunDevice Open()
    {
        // Of several queues that are opened at once, each next one finds the device as the one before left it.
        lock (_opening) return OpenQueue();
    }

    public bool IsHealthy()
    {
        // Others may also give it another name, or to another namespace.
        lock (_gate) return options.OthersSetUp ? _descriptor is not null && TunOpening.HasDevice(_descriptor) : _probe?.IsUp() == true;
    }

    public void Dispose() => ReplaceProbe(null);

    private ITunDevice OpenQueue()
    {
        DeviceName.Check(options.Name);
        var (descriptor, attached) = TunOpening.Open(options.Name, options.Offload, options.SeveralQueues, out var offload);
        try
        {
            new LinkSetup(options, journal, attached, warn).Apply();
            if (options.OthersSetUp) lock (_gate) _descriptor = descriptor;
            else ReplaceProbe(new LinkProbe(options.Name));
            var mtu = options.OthersSetUp ? LongestPacket : options.Mtu;
            if (offload == default) return new TunDevice(descriptor, options.Name, mtu, options.OthersSetUp);
            return new OffloadTunDevice(descriptor, options.Name, mtu, offload, attached ? TunOpening.EndOffload : null, options.OthersSetUp);
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }

    private void ReplaceProbe(LinkProbe? probe)
    {
        lock (_gate)
        {
            _probe?.Dispose();
            _probe = probe;
        }
    }
}
