using BenchmarkDotNet.Attributes;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Testing.Packets;

namespace UdpTun.Pieces;

/// <summary>From bytes to the key of their flow.</summary>
public class ParsePieces
{
    private readonly byte[] _tcp = Samples.Tcp();
    private readonly byte[] _udp = PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53", new byte[64]);
    private readonly byte[] _tcp6 = PacketBuilder.Tcp("[fd61::2]:5000", "[2001:db8::1]:443", Net.Headers.TcpFlags.Ack, new byte[1360]);

    [Benchmark]
    public DropReason ParseTcp() => PacketParser.Parse(_tcp, out _);

    [Benchmark]
    public DropReason ParseUdp() => PacketParser.Parse(_udp, out _);

    [Benchmark]
    public DropReason ParseTcpOverIpv6() => PacketParser.Parse(_tcp6, out _);
}
