using UdpTun.Linux.Sockets;
using UdpTun.Net.Io;
using UdpTun.Transport.Uapi;

namespace UdpTun.Host.Roles.Interface;

/// <summary>A UDP socket whose port and mark may be changed while it is used. Any thread.</summary>
/// <param name="make">Makes the factory of sockets at a port, with a mark.</param>
internal sealed class MovableSocket(Func<ushort, uint, UdpSocketFactory> make) : IDeviceFactory<IUdpSocket>
{
    private readonly Lock _gate = new();
    private UdpSocketFactory _factory = make(0, 0);
    private IUdpSocket? _next;
    private ushort _port;

    /// <summary>Where it listens, as the kernel chose it where nobody said; 0: not open yet.</summary>
    public ushort Port
    {
        get
        {
            lock (_gate) return _port;
        }
    }

    /// <summary>The mark of its datagrams; 0: none.</summary>
    public uint Mark { get; private set; }

    public string Name
    {
        get
        {
            lock (_gate) return _factory.Name;
        }
    }

    public IUdpSocket Open()
    {
        lock (_gate)
        {
            var socket = _next ?? _factory.Open();
            _next = null;
            _port = socket.LocalEndpoint.Port;
            return socket;
        }
    }

    public bool IsHealthy()
    {
        lock (_gate) return _factory.IsHealthy();
    }

    /// <summary>Takes another port, so that the next <see cref="Open"/> gives the socket there.</summary>
    /// <param name="port">0: any that is free.</param>
    /// <exception cref="UapiException">Somebody has the port.</exception>
    public void MoveTo(ushort port)
    {
        lock (_gate)
        {
            var factory = make(port, Mark);
            try
            {
                var next = factory.Open();
                _next?.Dispose();
                (_next, _factory, _port) = (next, factory, next.LocalEndpoint.Port);
            }
            catch (DeviceUnavailableException e)
            {
                throw new UapiException(UapiErrno.AddressInUse, e.Message);
            }
        }
    }

    public void UseMark(uint mark)
    {
        lock (_gate)
        {
            Mark = mark;
            _factory.UseMark(mark);
        }
    }
}
