using CsCheck;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Testing.Packets;

namespace UdpTun.Net.Tests;

/// <summary>Random packets: intact ones of every kind, intact ones with a few bytes changed, and plain noise.</summary>
internal static class PacketGen
{
    public static readonly IpProtocol[] Protocols = [IpProtocol.Tcp, IpProtocol.Udp, IpProtocol.Icmp, IpProtocol.IcmpV6];

    public static readonly Gen<byte[]> Payload = Gen.Byte.Array[0, 64];

    private static readonly Gen<InetAddress> V4 = Gen.UInt[0x01000000, 0x7EFFFFFF].Where(a => a >> 16 != 0xA9FE).Select(InetAddress.FromV4);

    private static readonly Gen<InetAddress> V6 = Gen.Byte.Array[16].Select(bytes =>
    {
        bytes[0] = 0x20;
        return InetAddress.FromBytes(bytes);
    });

    public static Gen<InetAddress> Address(bool v4) => v4 ? V4 : V6;

    public static Gen<InetEndpoint> Endpoint(bool v4) => Gen.Select(Address(v4), Gen.UShort, (address, port) => new InetEndpoint(address, port));

    /// <summary>A flow as a client sends it: for ICMP an echo request.</summary>
    public static readonly Gen<FlowKey> Flow = Gen.OneOf(Protocols).SelectMany(protocol => Gen.Bool.SelectMany(bit =>
    {
        var v4 = protocol == IpProtocol.Icmp || (protocol != IpProtocol.IcmpV6 && bit);
        return Gen.Select(Endpoint(v4), Endpoint(v4), (source, destination) =>
            new FlowKey(protocol, source, IsEcho(protocol) ? destination with { Port = 0 } : destination));
    }));

    public static readonly Gen<byte[]> Intact = Gen.Select(Flow, Payload, (flow, payload) => Build(flow, payload));

    public static readonly Gen<byte[]> Mutated = Gen.Select(Intact, Gen.Select(Gen.UShort, Gen.Byte).Array[1, 4], (packet, changes) =>
    {
        foreach (var (at, value) in changes) packet[at % packet.Length] = value;
        return packet;
    });

    public static readonly Gen<byte[]> Cut = Gen.Select(Intact, Gen.UShort, (packet, length) => packet[..(length % packet.Length)]);

    public static readonly Gen<byte[]> Noise = Gen.Byte.Array[0, 128];

    /// <summary>Mostly bad packets that look like good ones.</summary>
    public static readonly Gen<byte[]> Any = Gen.OneOf(Intact, Mutated, Mutated.Select(RepairHeader), Cut, Noise);

    /// <summary>
    /// The packet that has the key, built by the plain code of the tests; an ICMP key with a destination identifier is a reply.
    /// </summary>
    public static byte[] Build(in FlowKey key, ReadOnlySpan<byte> payload, TcpFlags flags = TcpFlags.Ack) => key.Protocol switch
    {
        IpProtocol.Tcp => PacketBuilder.Tcp(key.Source, key.Destination, flags, payload),
        IpProtocol.Udp => PacketBuilder.Udp(key.Source, key.Destination, payload),
        _ when key.Destination.Port != 0 =>
            PacketBuilder.EchoReply(key.Source.Address, key.Destination.Address, key.Destination.Port, payload: payload),
        _ => PacketBuilder.EchoRequest(key.Source.Address, key.Destination.Address, key.Source.Port, payload: payload),
    };

    private static bool IsEcho(IpProtocol protocol) => protocol is IpProtocol.Icmp or IpProtocol.IcmpV6;

    // Most mutations would end at the header checksum and never reach what lies behind.
    private static byte[] RepairHeader(byte[] packet) => packet[0] >> 4 == 4 ? PacketBuilder.RefreshHeaderChecksum(packet) : packet;
}
