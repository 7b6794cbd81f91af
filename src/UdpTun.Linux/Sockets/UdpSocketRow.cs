using UdpTun.Linux.Interop;
using UdpTun.Net.Io;

namespace UdpTun.Linux.Sockets;

/// <summary>
/// Several sockets at one address and port. Without steering the kernel gives all datagrams of one sender to one of them, by a hash that holds for
/// as long as it runs and by the order in which they were bound; so they are opened together, in their order, and a client is on the same shard
/// after a restart. A socket that is lost and opened again comes last: clients may then change places. With steering a datagram says itself
/// which socket it is for, and places do not matter: this class knows them and tells the kernel.
/// </summary>
public sealed class UdpSocketRow
{
    private readonly Lock _gate = new();
    private readonly UdpSocketFactory[] _factories;
    private readonly UdpSocket?[] _waiting;
    private readonly List<(int Number, UdpSocket Socket)> _row = []; // as the kernel has them
    private readonly Action<string>? _warn;
    private DatagramSteering? _steering;
    private bool _isOpen;

    /// <param name="options">Of each; the port is not 0.</param>
    /// <param name="count">1 or more.</param>
    /// <param name="warn">See <see cref="UdpSocketFactory"/>; told by the first for all.</param>
    /// <param name="steering">Tells which socket a datagram is for, among as many; null: the kernel's hash does.</param>
    public UdpSocketRow(UdpSocketOptions options, int count, Action<string>? warn = null, DatagramSteering? steering = null)
    {
        (_warn, _steering) = (warn, steering);
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
            if (_waiting[number] is { } waiting)
            {
                _waiting[number] = null;
                return waiting;
            }

            var socket = Join(number, PortSharing.Next);
            Steer();
            return socket;
        }
    }

    private void OpenAll()
    {
        try
        {
            for (var number = 0; number < _factories.Length; number++)
                _waiting[number] = Join(number, number == 0 ? PortSharing.First : PortSharing.Next);
            Steer();
            _isOpen = true;
        }
        catch
        {
            foreach (var socket in _waiting) socket?.Dispose();
            Array.Clear(_waiting);
            throw;
        }
    }

    private UdpSocket Join(int number, PortSharing sharing)
    {
        var socket = _factories[number].Open(sharing);
        socket.Closing = Leave;
        _row.Add((number, socket));
        return socket;
    }

    /// <summary>Closes a socket: the kernel's last one moves to its place.</summary>
    private void Leave(UdpSocket socket)
    {
        lock (_gate)
        {
            socket.Descriptor.Dispose();
            var place = _row.FindIndex(member => member.Socket == socket);
            if (place < 0) return;
            _row[place] = _row[^1];
            _row.RemoveAt(_row.Count - 1);
            Steer();
        }
    }

    /// <summary>Tells the kernel where each shard's socket is now.</summary>
    private void Steer()
    {
        if (_steering is null || _row.Count == 0) return;
        var places = new int?[_steering.Shards];
        for (var place = 0; place < _row.Count; place++) places[_row[place].Number] = place;
        if (TryAttach(_row[0].Socket.Descriptor, SteeringProgramme.Write(_steering, places))) return;
        _warn?.Invoke($"{_factories[0].Name}: the kernel does not steer datagrams to the shards that have their keys ({LastErrno.Value}), so they are handed over, "
            + "which costs more, and a host with several addresses may answer from another than was called: set udptun.shards to 1");
        _steering = null;
    }

    private static unsafe bool TryAttach(FileDescriptor descriptor, sock_filter[] programme)
    {
        fixed (sock_filter* filter = programme)
        {
            var program = new sock_fprog { len = (ushort)programme.Length, filter = filter };
            return SysSocket.setsockopt(
                descriptor, SysSocket.SOL_SOCKET, SysSocket.SO_ATTACH_REUSEPORT_CBPF, &program, (uint)sizeof(sock_fprog)) == 0;
        }
    }

    private sealed class Member(UdpSocketRow row, int number) : IDeviceFactory<IUdpSocket>
    {
        public string Name => row._factories[number].Name;

        public IUdpSocket Open() => row.Open(number);

        public bool IsHealthy() => row._factories[number].IsHealthy();
    }
}
