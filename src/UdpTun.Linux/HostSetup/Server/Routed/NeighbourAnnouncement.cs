using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;

namespace UdpTun.Linux.HostSetup;

/// <summary>
/// Tells the neighbours of an Ethernet device that addresses are to be found at it from now on, so that an address that another host had
/// until now is reached at once: an ARP announcement (RFC 5227 section 2.3) or an unsolicited neighbour advertisement (RFC 4861 section
/// 7.2.6) for each. arping is missing on many hosts, so a packet socket does it.
/// </summary>
internal static class NeighbourAnnouncement
{
    private const int HardwareLength = 6;
    private const int EthernetHeader = 14;
    private const ushort EtherTypeArp = 0x0806;
    private const ushort EtherTypeV6 = 0x86DD;
    private const int AdvertisementLength = 32;

    // "Router" and "override": the receiver replaces what it believed until now.
    private const byte RouterAndOverride = 0xA0;

    /// <summary>All addresses are of one family. A failure is a warning: the neighbours then ask when their memory runs out.</summary>
    public static void Send(string device, IReadOnlyList<InetAddress> addresses, CommandRunner commands, Action<string>? warn)
    {
        using var links = JsonDocument.Parse(commands.Run("ip", "-j", "address", "show", "dev", device));
        var link = links.RootElement[0];
        if (link.GetProperty("link_type").GetString() != "ether") return;
        var hardware = Convert.FromHexString(link.GetProperty("address").GetString()!.Replace(":", ""));
        var source = OwnV6(link);
        try
        {
            // Protocol 0: the socket sends and is given nothing to read.
            using var socket = new Socket(AddressFamily.Packet, SocketType.Raw, ProtocolType.Unspecified);
            var target = Interface(link.GetProperty("ifindex").GetInt32());
            foreach (var address in addresses)
            {
                if (address.IsV4) socket.SendTo(ArpAnnouncement(hardware, address), SocketFlags.None, target);
                else if (source is { } own) socket.SendTo(Advertisement(hardware, own, address), SocketFlags.None, target);
            }
        }
        catch (SocketException exception)
        {
            warn?.Invoke($"the neighbours at {device} are not told of {string.Join(", ", addresses)}: {exception.Message}");
        }
    }

    /// <summary>The frame: who asks for its own address tells everybody where it is.</summary>
    internal static byte[] ArpAnnouncement(ReadOnlySpan<byte> hardware, InetAddress address)
    {
        var frame = new byte[EthernetHeader + 28];
        frame.AsSpan(0, HardwareLength).Fill(0xFF);
        hardware.CopyTo(frame.AsSpan(HardwareLength));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), EtherTypeArp);
        var arp = frame.AsSpan(EthernetHeader); // RFC 826
        BinaryPrimitives.WriteUInt16BigEndian(arp, 1); // Ethernet
        BinaryPrimitives.WriteUInt16BigEndian(arp[2..], 0x0800); // IPv4
        (arp[4], arp[5], arp[7]) = (HardwareLength, 4, 1); // a request
        hardware.CopyTo(arp[8..]);
        address.WriteTo(arp[14..]);
        address.WriteTo(arp[24..]);
        return frame;
    }

    /// <summary>The frame, to all nodes of the link.</summary>
    internal static byte[] Advertisement(ReadOnlySpan<byte> hardware, InetAddress source, InetAddress address)
    {
        var frame = new byte[EthernetHeader + IpHeader.V6Length + AdvertisementLength];
        var allNodes = InetAddress.Parse("ff02::1");
        Convert.FromHexString("333300000001").CopyTo(frame, 0);
        hardware.CopyTo(frame.AsSpan(HardwareLength));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), EtherTypeV6);
        var ip = frame.AsSpan(EthernetHeader);
        ip[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(ip[4..], AdvertisementLength);
        (ip[6], ip[7]) = ((byte)IpProtocol.IcmpV6, 255); // RFC 4861 section 7.1.2: any other hop limit is not from this link
        source.WriteTo(ip[8..]);
        allNodes.WriteTo(ip[24..]);
        var message = ip[IpHeader.V6Length..];
        (message[0], message[4]) = (136, RouterAndOverride);
        address.WriteTo(message[8..]);
        (message[24], message[25]) = (2, 1); // target link-layer address, 8 bytes
        hardware.CopyTo(message[26..]);
        var pseudo = InternetChecksum.PseudoHeaderSum(source, allNodes, IpProtocol.IcmpV6, AdvertisementLength);
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], (ushort)~InternetChecksum.Add(InternetChecksum.Sum(message), pseudo));
        return frame;
    }

    private static InetAddress? OwnV6(JsonElement link) => link.GetProperty("addr_info").EnumerateArray()
        .Where(entry => entry.GetProperty("family").GetString() == "inet6")
        .Select(entry => (InetAddress?)InetAddress.Parse(entry.GetProperty("local").GetString()!))
        .FirstOrDefault();

    // struct sockaddr_ll of packet(7), of which a raw socket reads the interface's index alone.
    private static SocketAddress Interface(int index)
    {
        var address = new SocketAddress(AddressFamily.Packet, size: 20);
        BinaryPrimitives.WriteInt32LittleEndian(address.Buffer.Span[4..], index);
        return address;
    }
}
