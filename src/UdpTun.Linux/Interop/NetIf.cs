using System.Runtime.InteropServices;
using System.Text;

namespace UdpTun.Linux.Interop;

/// <summary>
/// &lt;linux/if.h&gt;, &lt;linux/sockios.h&gt; and &lt;linux/if_tun.h&gt;: netdevice(7) and Documentation/networking/tuntap.rst.
/// </summary>
internal static class NetIf
{
    public const int IFNAMSIZ = 16;

    public const ushort IFF_UP = 0x1;

    public const nuint SIOCGIFFLAGS = 0x8913;
    public const nuint SIOCGIFINDEX = 0x8933;

    public const ushort IFF_TUN = 0x0001;
    public const ushort IFF_MULTI_QUEUE = 0x0100;
    public const ushort IFF_PERSIST = 0x0800;
    public const ushort IFF_NO_PI = 0x1000;
    public const ushort IFF_VNET_HDR = 0x4000;

    public const uint TUN_F_CSUM = 0x01;
    public const uint TUN_F_TSO4 = 0x02;
    public const uint TUN_F_TSO6 = 0x04;
    public const uint TUN_F_USO4 = 0x20;
    public const uint TUN_F_USO6 = 0x40;

    public const nuint TUNSETIFF = 0x400454ca;
    public const nuint TUNSETOFFLOAD = 0x400454d0;
    public const nuint TUNGETIFF = 0x800454d2;
}

/// <summary>struct ifreq of &lt;linux/if.h&gt;: a name and a union of which two members are used here.</summary>
[StructLayout(LayoutKind.Explicit, Size = 40)]
internal unsafe struct ifreq
{
    [FieldOffset(0)]
    public fixed byte ifr_name[NetIf.IFNAMSIZ];

    [FieldOffset(16)]
    public ushort ifr_flags;

    [FieldOffset(16)]
    public int ifr_ifindex;

    public static ifreq Named(string name)
    {
        ifreq request = default;
        Encoding.ASCII.GetBytes(name, new Span<byte>(request.ifr_name, NetIf.IFNAMSIZ - 1));
        return request;
    }
}
