using System.Globalization;
using UdpTun.Conformance.Lab;
using UdpTun.Conformance.Table;
using UdpTun.Net.Headers;
using UdpTun.Testing.Packets;

namespace UdpTun.Conformance.Rfcs;

/// <summary>
/// What the tunnel around the NAT carries and leaves alone: DS and ECN (RFC 6040), checksums (RFC 768, RFC 1624); and the one thing that it
/// changes, what a connection says of its segments (RFC 6691).
/// </summary>
internal static class Carriage
{
    private const byte Expedited = 0xB8; // DS code point EF (RFC 3246)
    private const byte Capable = 0x02; // ECT(0) (RFC 3168)
    private const byte Congested = 0x03; // CE
    private const int TunnelPort = 9877;

    internal static IEnumerable<Requirement> Rows { get; } =
    [
        new("RFC 6040 DS", "The tunnel's datagram bears the DS field and ECN of the packet inside, which keeps its own.",
            ClassCarried) { Exits = [Exit.PortRange] },
        new("RFC 6040 ECN", "Congestion that the path marks on a tunnel's datagram is marked on the packet inside.", CongestionTold)
        {
            Exits = [Exit.PortRange],
            Alone = true,
        },
        new("RFC 768", "A UDP datagram without a checksum leaves without one, and one with a checksum with the right one (RFC 1624).",
            Checksums),
        new("RFC 6691", "A SYN announces no larger segments than the tunnel carries, from inside and from outside, and smaller ones as they were.",
            SegmentsClamped),
    ];

    private static async Task<Evidence> SegmentsClamped(Laboratory lab)
    {
        var mtu = int.Parse(lab.Client.Run("cat", "/sys/class/net/clienttun/mtu"), CultureInfo.InvariantCulture);
        var seen = new List<int?>();
        foreach (var announced in new ushort[] { 1460, 1200 })
        {
            using var flow = new CraftedFlow(lab);
            var left = await flow.Leave(Announcing(flow.Tcp(TcpFlags.Syn, 1000, 0, new byte[4]), announced));
            if (left is null) return new(false, "a SYN did not reach the internet");
            var came = await flow.Arrive(Announcing(flow.TcpBack(TcpFlags.Syn | TcpFlags.Ack, 5000, 1001, new byte[4]), announced));
            seen.AddRange([Announced(left), Announced(came)]);
        }

        return new(
            seen.SequenceEqual([mtu - 40, mtu - 40, 1200, 1200]),
            $"tunnel of {mtu}: 1460 became {seen[0]} on its way out and {seen[1]} on its way in, 1200 stayed {seen[2]} and {seen[3]}");
    }

    private static byte[] Announcing(byte[] syn, ushort size)
    {
        syn[32] = 6 << 4; // a header of 24 bytes
        byte[] option = [2, 4, (byte)(size >> 8), (byte)size];
        option.CopyTo(syn, 40);
        return PacketBuilder.Finish(syn);
    }

    private static int? Announced(SeenPacket? syn) => syn is null || syn.Body[20] != 2 ? null : (syn.Body[22] << 8) | syn.Body[23];

    private static async Task<Evidence> ClassCarried(Laboratory lab)
    {
        using var flow = new CraftedFlow(lab);
        using var path = new Wire(lab.Server, "lan1");
        var left = await flow.Leave(Classed(flow.Udp(), Expedited | Capable));
        var there = await path.First(
            packet => packet.Protocol == SeenPacket.Udp && packet.To.Port == TunnelPort && packet.TrafficClass != 0);
        if (left is null) return new(false, "the packet did not reach the internet");
        var came = await flow.Arrive(Classed(flow.UdpBack(), Expedited | Capable));
        var back = await path.First(
            packet => packet.Protocol == SeenPacket.Udp && packet.From.Port == TunnelPort && packet.TrafficClass != 0);
        return new(
            new[] { there, left, back, came }.All(packet => packet?.TrafficClass == (Expedited | Capable)),
            $"sent with 0x{Expedited | Capable:x2}: on the tunnel's path {Class(there)}, in the internet {Class(left)}; back on the path "
                + $"{Class(back)}, at the client {Class(came)}");
    }

    private static async Task<Evidence> CongestionTold(Laboratory lab)
    {
        lab.Server.Run("nft", "add table ip path; add chain ip path in { type filter hook prerouting priority -300; }; "
            + $"add rule ip path in iifname lan1 udp dport {TunnelPort} ip ecn set ce");
        using var flow = new CraftedFlow(lab);
        var marked = await flow.Leave(Classed(flow.Udp(), Capable));
        var incapable = await flow.Leave(Classed(flow.Udp(), 0), TimeSpan.FromSeconds(1));
        return new(
            marked?.TrafficClass == Congested && incapable is null,
            $"a router of the path marked every datagram: the ECN-capable packet reached the internet with {Class(marked)}, the other one "
            + $"{(incapable is null ? "was dropped" : $"with {Class(incapable)}")}");
    }

    private static async Task<Evidence> Checksums(Laboratory lab)
    {
        using var flow = new CraftedFlow(lab);
        var without = await flow.Leave(PacketBuilder.WithoutChecksum(flow.Udp("none"u8)));
        var with = await flow.Leave(flow.Udp("some"u8));
        if (without is null || with is null) return new(false, "a datagram did not reach the internet");
        var (none, some) = (Checksum(without), Checksum(with));
        var right = PlainChecksum.OfTransport(with.Bytes);
        return new(none == 0 && some == right,
            $"in the internet: 0x{none:x4} for none, 0x{some:x4} for one that is 0x{right:x4} when computed anew");
    }

    private static byte[] Classed(byte[] packet, byte trafficClass)
    {
        packet[1] = trafficClass;
        return PacketBuilder.RefreshHeaderChecksum(packet);
    }

    private static ushort Checksum(SeenPacket packet) => (ushort)((packet.Body[6] << 8) | packet.Body[7]);

    private static string Class(SeenPacket? packet) => packet is null ? "nothing" : $"0x{packet.TrafficClass:x2}";
}
