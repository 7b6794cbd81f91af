using UdpTun.Net.Io;

namespace UdpTun.Linux.Sockets;

/// <summary>
/// Several sockets at one address and port. The kernel gives all datagrams of one sender to one of them, by a hash that holds for as long as
/// it runs and by the order in which they were bound; so they are opened together, in their order, and a client is on the same shard
/// after a restart. A socket that is lost and opened again comes last: clients may then change places.
/// </summary>
public sealed class UdpSocketRow
{
    private readonly Lock _gate = new();
    private readonly UdpSocketFactory[] _factories;
    private readonly UdpSocket?[] _waiting;
    private bool _isOpen;

    /// <param name="options">Of each; the port is not 0.</param>
    /// <param name="count">1 or more.</param>
    /// <param name="warn">See <see cref="UdpSocketFactory"/>; told by the first for all.</param>
    public UdpSocketRow(UdpSocketOptions options, int count, Action<string>? warn = null)
    {
        _factories = [.. Enumerable.Range(0, count).Select(number => new UdpSocketFactory(options, number == 0 ? warn : null))];
        _waiting = new UdpSocket?[count];
        Members = [.. Enumerable.Range(0, count).Select(number => new Member(this, number))];
    }

    /// <summary>Opens one socket each.</summary>
    public IReadOnlyList<IDeviceFactory<IUdpSocket>> Members { get; }

    private UdpSocket Open(int number)
    {
        lock (_gate)
        {
            if (!_isOpen) OpenAll();
            var socket = _waiting[number];
            _waiting[number] = null;
            return socket ?? _factories[number].Open(PortSharing.Next);
        }
    }

    private void OpenAll()
    {
        try
        {
            for (var number = 0; number < _factories.Length; number++)
                _waiting[number] = _factories[number].Open(number == 0 ? PortSharing.First : PortSharing.Next);
            _isOpen = true;
        }
        catch
        {
            foreach (var socket in _waiting) socket?.Dispose();
            Array.Clear(_waiting);
            throw;
        }
    }

    private sealed class Member(UdpSocketRow row, int number) : IDeviceFactory<IUdpSocket>
    {
        public string Name => row._factories[number].Name;

        public IUdpSocket Open() => row.Open(number);

        public bool IsHealthy() => row._factories[number].IsHealthy();
    }
}
