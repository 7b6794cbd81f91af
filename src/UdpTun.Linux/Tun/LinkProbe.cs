using UdpTun.Linux.Interop;

namespace UdpTun.Linux.Tun;

/// <summary>
/// Looks at an interface through a socket. The socket keeps the namespace in which it was made, where /sys/class/net would show
/// that of whoever mounted it. Usable from any thread.
/// </summary>
internal sealed class LinkProbe : IDisposable
{
    private readonly FileDescriptor _socket;
    private readonly string _name;
    private readonly int _index;

    public LinkProbe(string name)
    {
        _socket = new FileDescriptor(SysSocket.socket(SysSocket.AF_INET, SysSocket.SOCK_DGRAM | SysSocket.SOCK_CLOEXEC, 0));
        if (_socket.IsInvalid) throw LinuxCall.Failed("socket", name, LastErrno.Value);
        _name = name;
        _index = Index();
    }

    /// <summary>True while the interface of that name is the one seen first, and administratively up.</summary>
    public bool IsUp()
    {
        var request = ifreq.Named(_name);
        return SysIoctl.ioctl(_socket, NetIf.SIOCGIFFLAGS, ref request) == 0
            && (request.ifr_flags & NetIf.IFF_UP) != 0
            && Index() == _index;
    }

    public void Dispose() => _socket.Dispose();

    private int Index()
    {
        var request = ifreq.Named(_name);
        return SysIoctl.ioctl(_socket, NetIf.SIOCGIFINDEX, ref request) == 0 ? request.ifr_ifindex : 0;
    }
}
