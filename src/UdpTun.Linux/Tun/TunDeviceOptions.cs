using UdpTun.Net.Flows;

namespace UdpTun.Linux.Tun;

/// <summary>What a TUN is to be like once it is open.</summary>
public sealed record TunDeviceOptions
{
    /// <summary>Interface name, 1 to 15 letters, digits, dots, dashes or underscores.</summary>
    public required string Name { get; init; }

    /// <summary>Largest packet in bytes, 68 to 65535. Below 1280 the kernel runs no IPv6 on the device (RFC 8200 section 5).</summary>
    public int Mtu { get; init; } = 1420;

    /// <summary>Packets that the kernel queues for us, 1 or more.</summary>
    public int QueueLength { get; init; } = 1000;

    /// <summary>Whether super-packets are asked for; without, and where the kernel refuses them, a call carries one packet.</summary>
    public bool Offload { get; init; } = true;

    /// <summary>Bytes of the longest super-packet that the kernel hands over (gso_max_size), or 0: its own limit.</summary>
    public int MaxSuperPacket { get; init; }

    /// <summary>
    /// Whether the factory may open the device several times, each time another queue of it; the kernel then keeps a flow at one queue as
    /// far as it can (tuntap.rst, "Multiqueue tuntap interface").
    /// </summary>
    public bool SeveralQueues { get; init; }

    /// <summary>
    /// Whether somebody else (wg-quick, an administrator) gives the device its addresses, routes and MTU, and sets it up and down, as with an
    /// interface of the kernel's: it is made with <see cref="Mtu"/>, down, and stays open whatever is done to it but its deletion.
    /// </summary>
    public bool OthersSetUp { get; init; }

    /// <summary>The device's own addresses, each with the length of the prefix it is on.</summary>
    public IReadOnlyList<InetPrefix> Addresses { get; init; } = [];

    public IReadOnlyList<DeviceRoute> Routes { get; init; } = [];
}
