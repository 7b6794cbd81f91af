using System.Buffers.Binary;
using System.Net;
using UdpTun.Linux.Polling;
using UdpTun.Net.Buffers;
using UdpTun.Net.Flows;
using UdpTun.Net.Io;

namespace UdpTun.Linux.Tests;

/// <summary>Bytes on the line, put together by hand.</summary>
internal static class TestPackets
{
    /// <summary>A burst that holds the given packets, or is empty.</summary>
    public static PacketBurst Burst(params byte[][] packets)
    {
        Assert.True(new PacketPool(1).TryLease(out var burst));
        foreach (var packet in packets)
        {
            packet.CopyTo(burst.Bytes, burst.NextOffset);
            burst.Append(packet.Length);
        }

        return burst;
    }

    public static PacketBatch Batch(InetEndpoint remote, params byte[][] packets) => Burst(packets).Share(0, packets.Length, remote);

    /// <summary>An IPv4 UDP packet with a right header checksum and no UDP checksum.</summary>
    public static byte[] UdpV4(string source, string destination, ushort port, int payload = 32, ushort sourcePort = 4000)
    {
        var packet = new byte[28 + payload];
        packet[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        packet[8] = 64;
        packet[9] = 17;
        IPAddress.Parse(source).TryWriteBytes(packet.AsSpan(12), out _);
        IPAddress.Parse(destination).TryWriteBytes(packet.AsSpan(16), out _);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(20), sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(22), port);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(24), (ushort)(8 + payload));
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), Checksum(packet.AsSpan(0, 20)));
        return packet;
    }

    /// <summary>An IPv6 UDP packet with a right checksum, which IPv6 asks for (RFC 8200 section 8.1).</summary>
    public static byte[] UdpV6(string source, string destination, ushort port, ushort sourcePort = 4000)
    {
        var packet = new byte[56];
        packet[0] = 0x60;
        packet[5] = 16;
        packet[6] = 17;
        packet[7] = 64;
        IPAddress.Parse(source).TryWriteBytes(packet.AsSpan(8), out _);
        IPAddress.Parse(destination).TryWriteBytes(packet.AsSpan(24), out _);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(40), sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(42), port);
        packet[45] = 16;
        // The pseudo-header is the addresses, the length and the protocol; the last two weigh as one word would.
        byte[] pseudo = [.. packet[8..], 0, 16, 0, 17];
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(46), Checksum(pseudo));
        return packet;
    }

    private static ushort Checksum(ReadOnlySpan<byte> header)
    {
        var sum = 0u;
        for (var offset = 0; offset < header.Length; offset += 2) sum += BinaryPrimitives.ReadUInt16BigEndian(header[offset..]);
        while (sum >> 16 != 0) sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~sum;
    }

    /// <summary>The next IPv4 packet out of a TUN; the kernel's own multicast listener reports come out of it too.</summary>
    internal static byte[] NextV4(ITunDevice tun) => Next(tun, packet => packet[0] >> 4 == 4);

    /// <summary>The next UDP packet over IPv6 out of a TUN.</summary>
    internal static byte[] NextUdpV6(ITunDevice tun) => Next(tun, packet => packet[0] >> 4 == 6 && packet[6] == 17);

    /// <summary>The next packet out of a TUN that is meant.</summary>
    internal static byte[] Next(ITunDevice tun, Func<byte[], bool> isMeant)
    {
        using var poller = new EpollPoller();
        poller.Add(tun, 1, PollInterest.Read);
        while (true)
        {
            Assert.Equal(1, poller.Wait(new PollEvent[1], 3000));
            var burst = Burst();
            tun.Read(burst);
            for (var index = 0; index < burst.Count; index++)
            {
                var packet = burst.Packet(index).ToArray();
                if (isMeant(packet)) return packet;
            }
        }
    }
}
