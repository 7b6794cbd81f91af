namespace UdpTun.Linux.Interop;

/// <summary>&lt;linux/virtio_net.h&gt;: what stands in front of each packet of a TUN with IFF_VNET_HDR.</summary>
internal static class VirtioNet
{
    public const byte VIRTIO_NET_HDR_F_NEEDS_CSUM = 1;

    public const byte VIRTIO_NET_HDR_GSO_NONE = 0;
    public const byte VIRTIO_NET_HDR_GSO_TCPV4 = 1;
    public const byte VIRTIO_NET_HDR_GSO_TCPV6 = 4;
    public const byte VIRTIO_NET_HDR_GSO_UDP_L4 = 5;
    public const byte VIRTIO_NET_HDR_GSO_ECN = 0x80;
}

/// <summary>struct virtio_net_hdr, in the host's byte order.</summary>
internal struct virtio_net_hdr
{
    public byte flags;
    public byte gso_type;
    public ushort hdr_len;
    public ushort gso_size;
    public ushort csum_start;
    public ushort csum_offset;
}
