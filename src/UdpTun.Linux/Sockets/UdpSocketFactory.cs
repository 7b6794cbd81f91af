using UdpTun.Linux.Interop;
using UdpTun.Net.Flows;
using UdpTun.Net.Io;

namespace UdpTun.Linux.Sockets;

/// <summary>Opens the tunnel's UDP socket: IPv4, IPv6, or both when bound to <c>[::]</c>.</summary>
/// <param name="options">Where to bind and how large the buffers are.</param>
/// <param name="warn">Told, in one sentence, when the kernel grants smaller buffers than asked for.</param>
public sealed unsafe class UdpSocketFactory(UdpSocketOptions options, Action<string>? warn = null) : IDeviceFactory<IUdpSocket>
{
    private readonly ReplyAddresses _replies = new(); // outlives a socket: who is confirmed is not confirmed again
    private UdpSocket? _socket;
    private uint _mark = options.Mark;

    public string Name => UdpSocket.NameOf(options.Bind);

    public IUdpSocket Open() => Open(PortSharing.None);

    /// <param name="sharing">Whether other sockets are, or will be, bound to the same.</param>
    internal UdpSocket Open(PortSharing sharing)
    {
        var family = options.Bind.Address.IsV4 ? SysSocket.AF_INET : SysSocket.AF_INET6;
        var descriptor = new FileDescriptor(SysSocket.socket(family, SysSocket.SOCK_DGRAM | SysSocket.SOCK_NONBLOCK | SysSocket.SOCK_CLOEXEC, 0));
        if (descriptor.IsInvalid) throw NoSocket(LastErrno.Value);
        try
        {
            if (family == SysSocket.AF_INET6) Set(descriptor, NetinetIn.IPPROTO_IPV6, NetinetIn.IPV6_V6ONLY, ServesBoth ? 0 : 1);
            SetBuffer(descriptor, SysSocket.SO_RCVBUFFORCE, SysSocket.SO_RCVBUF, options.ReceiveBuffer, "receive", "net.core.rmem_max");
            SetBuffer(descriptor, SysSocket.SO_SNDBUFFORCE, SysSocket.SO_SNDBUF, options.SendBuffer, "send", "net.core.wmem_max");
            if (_mark != 0) SetMark(descriptor);
            // The first one is bound alone, or else it would share the port with a foreign program without a word; it says that it shares
            // only when the port is its own.
            if (sharing == PortSharing.Next) SharePort(descriptor);
            Bind(descriptor, family);
            if (sharing == PortSharing.First) SharePort(descriptor);
            AskForTrafficClass(descriptor, family);
            LetRoutersCut(descriptor, family);
            var socket = Compose(descriptor, LocalEndpointOf(descriptor), family);
            Volatile.Write(ref _socket, socket);
            return socket;
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }

    /// <summary>Gives the open socket, and those to come, another mark.</summary>
    public void UseMark(uint mark)
    {
        _mark = mark;
        if (Volatile.Read(ref _socket) is { Descriptor: { IsClosed: false } descriptor }) SetMark(descriptor);
    }

    public bool IsHealthy() => Volatile.Read(ref _socket) is { Descriptor.IsClosed: false };

    private UdpSocket Compose(FileDescriptor descriptor, InetEndpoint local, ushort family)
    {
        var replies = AskForReplyAddresses(descriptor, family);
        var joinsIn = options.Offload && Set(descriptor, NetinetIn.IPPROTO_UDP, NetinetIn.UDP_GRO, 1);
        // Size 0 changes nothing; a kernel that does not know the option says so.
        var joinsOut = options.Offload && Set(descriptor, NetinetIn.IPPROTO_UDP, NetinetIn.UDP_SEGMENT, 0);
        return new UdpSocket(
            descriptor, local, new DatagramReceiver(descriptor, options.LongestPacket, replies, joinsIn),
            new DatagramSender(descriptor, UdpSocket.NameOf(local), family, replies, joinsOut, warn), replies, new UdpOffload(joinsIn, joinsOut));
    }

    private bool ServesBoth => options.Bind.Address == default;

    private static bool Set(FileDescriptor descriptor, int level, int option, int value) =>
        SysSocket.setsockopt(descriptor, level, option, &value, sizeof(int)) == 0;

    private static InetEndpoint LocalEndpointOf(FileDescriptor descriptor)
    {
        sockaddr_in6 address;
        var length = (uint)sizeof(sockaddr_in6);
        if (SysSocket.getsockname(descriptor, &address, &length) < 0) throw LinuxCall.Failed("getsockname", "udp", LastErrno.Value);
        return SocketAddress.Read(&address);
    }

    private void SetBuffer(FileDescriptor descriptor, int forced, int asked, int bytes, string which, string limit)
    {
        // The forced form needs CAP_NET_ADMIN in the first user namespace; the other is silently capped at the host's limit.
        if (Set(descriptor, SysSocket.SOL_SOCKET, forced, bytes)) return;
        Set(descriptor, SysSocket.SOL_SOCKET, asked, bytes);
        int granted;
        uint length = sizeof(int);
        if (SysSocket.getsockopt(descriptor, SysSocket.SOL_SOCKET, asked, &granted, &length) < 0) return;
        // The kernel doubles what it is asked for, to pay for its bookkeeping, and reports the double (socket(7)).
        if (granted / 2 < bytes) warn?.Invoke($"{Name}: the {which} buffer is {granted / 2} bytes instead of {bytes} (raise {limit}, or run as root)");
    }

    // A client's socket, whose port the kernel chooses, asks first and is answered; only who listens at every address has a choice to
    // make. An IPv6 socket with one address has none either, but may hear link-local peers.
    private ReplyAddresses? AskForReplyAddresses(FileDescriptor descriptor, ushort family)
    {
        if (options.Bind.Port == 0) return null;
        var told = family == SysSocket.AF_INET6
            ? Set(descriptor, NetinetIn.IPPROTO_IPV6, NetinetIn.IPV6_RECVPKTINFO, 1) // mapped addresses of IPv4 datagrams too
            : options.Bind.Address.V4 == 0 && Set(descriptor, NetinetIn.IPPROTO_IP, NetinetIn.IP_PKTINFO, 1);
        return told ? _replies : null;
    }

    // IPv4 datagrams on an IPv6 socket are told of in IPv4's terms.
    private void AskForTrafficClass(FileDescriptor descriptor, ushort family)
    {
        var told = (family == SysSocket.AF_INET6 && !ServesBoth) || Set(descriptor, NetinetIn.IPPROTO_IP, NetinetIn.IP_RECVTOS, 1);
        if (family == SysSocket.AF_INET6) told &= Set(descriptor, NetinetIn.IPPROTO_IPV6, NetinetIn.IPV6_RECVTCLASS, 1);
        if (!told) warn?.Invoke($"{Name}: the kernel tells no traffic class of datagrams, so congestion on the path stays unknown inside");
    }

    // By default the kernel forbids routers to cut our datagrams and waits to be told of a narrower link: where that news is filtered, or
    // forged, the tunnel would be a black hole for long packets. Cut and put together by the hosts, a packet that must not be
    // cut arrives as it was sent. IPv6 routers never cut; there the kernel cuts at the path's MTU, of which it is always told.
    private static void LetRoutersCut(FileDescriptor descriptor, ushort family)
    {
        Set(descriptor, NetinetIn.IPPROTO_IP, NetinetIn.IP_MTU_DISCOVER, NetinetIn.IP_PMTUDISC_DONT);
        if (family == SysSocket.AF_INET) return;
        Set(descriptor, NetinetIn.IPPROTO_IPV6, NetinetIn.IPV6_MTU_DISCOVER, NetinetIn.IPV6_PMTUDISC_DONT);
    }

    private void SetMark(FileDescriptor descriptor)
    {
        if (Set(descriptor, SysSocket.SOL_SOCKET, SysSocket.SO_MARK, (int)_mark)) return;
        throw LinuxCall.Unavailable("setsockopt SO_MARK", Name, LastErrno.Value, "needs CAP_NET_ADMIN: run as root", DeviceFault.Privilege);
    }

    private void SharePort(FileDescriptor descriptor)
    {
        if (Set(descriptor, SysSocket.SOL_SOCKET, SysSocket.SO_REUSEPORT, 1)) return;
        throw LinuxCall.Unavailable("setsockopt SO_REUSEPORT", Name, LastErrno.Value, "the kernel shares no ports: set udptun.shards to 1");
    }

    private void Bind(FileDescriptor descriptor, ushort family)
    {
        sockaddr_in6 address;
        var length = SocketAddress.Write(&address, options.Bind, family);
        if (SysSocket.bind(descriptor, &address, length) < 0) throw NotBound(LastErrno.Value);
    }

    private DeviceUnavailableException NotBound(Errno errno) => errno switch
    {
        Errno.EADDRINUSE => Unavailable(
            errno, "another program, perhaps another udptun, has the port: ss -ulpn shows which; choose another with udptun.server.listen"),
        Errno.EADDRNOTAVAIL => Unavailable(errno, "no interface of this host has that address: choose another with udptun.server.listen"),
        Errno.EINVAL when options.Bind.Address.ToIPAddress().IsIPv6LinkLocal => Unavailable(
            errno, "a link-local address means nothing without its interface: listen at [::] or at another address"),
        Errno.EACCES => Unavailable(errno, "ports below 1024 need CAP_NET_BIND_SERVICE: run as root or choose another port", DeviceFault.Privilege),
        _ => Unavailable(errno, "the kernel refuses this address"),
    };

    private DeviceUnavailableException Unavailable(Errno errno, string remedy, DeviceFault fault = DeviceFault.Other) =>
        LinuxCall.Unavailable("bind", options.Bind.ToString(), errno, remedy, fault);

    private DeviceUnavailableException NoSocket(Errno errno) => errno == Errno.EAFNOSUPPORT
        ? LinuxCall.Unavailable("socket", Name, errno, "this kernel runs without IPv6: listen on an IPv4 address")
        : LinuxCall.Unavailable("socket", Name, errno, "the kernel gives no socket");
}
