using UdpTun.Net.Io;

namespace UdpTun.Testing.Io;

/// <summary>Opens in-memory devices and can be told to fail. Thread-safe.</summary>
/// <param name="open">Makes one device; called with the number of the opening, from 1.</param>
/// <param name="name">What a log calls the device.</param>
public sealed class InMemoryDeviceFactory<TDevice>(Func<int, TDevice> open, string name = "memory") : IDeviceFactory<TDevice>
    where TDevice : class, IPollSource
{
    private readonly Lock _lock = new();
    private readonly List<TDevice> _opened = [];
    private int _attempts;
    private int _failures;
    private volatile bool _healthy = true;

    public string Name { get; } = name;

    /// <summary>The answer of <see cref="IsHealthy"/>.</summary>
    public bool Healthy { get => _healthy; set => _healthy = value; }

    /// <summary>Calls of <see cref="Open"/>, failed ones included.</summary>
    public int Attempts { get { lock (_lock) return _attempts; } }

    /// <summary>The devices opened so far, in order; a snapshot.</summary>
    public IReadOnlyList<TDevice> Opened { get { lock (_lock) return [.. _opened]; } }

    /// <summary>The device opened last, or null.</summary>
    public TDevice? Current { get { lock (_lock) return _opened.Count == 0 ? null : _opened[^1]; } }

    /// <summary>The next openings throw, this many times.</summary>
    public void FailNext(int times = 1)
    {
        lock (_lock) _failures = times;
    }

    public TDevice Open()
    {
        lock (_lock)
        {
            _attempts++;
            if (_failures > 0)
            {
                _failures--;
                throw new DeviceUnavailableException($"{Name} was told to fail");
            }

            var device = open(_opened.Count + 1);
            _opened.Add(device);
            return device;
        }
    }

    public bool IsHealthy() => _healthy;
}
