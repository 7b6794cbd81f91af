using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Testing.Packets;

namespace UdpTun.Testing.Fuzzing;

/// <summary>
/// Makes packets out of intact ones of every kind: a few bytes changed, the ends cut, two of them spliced, or nothing at all done. Half of
/// them get an intact header again, as else most would end at its checksum. The same seed makes the same packets.
/// </summary>
public sealed class PacketMutator(int seed)
{
    private readonly Random _random = new(seed);
    private readonly byte[][] _corpus = [.. Corpus()];
    private readonly byte[] _buffer = new byte[4096];

    /// <summary>The packets of the flow that the fuzzed tables have a session for are among these.</summary>
    public static readonly (string Inner, string Remote)[] Flows =
        [("10.61.0.2:5000", "203.0.113.1:53"), ("[fd61::2]:5000", "[2001:db8::1]:53")];

    /// <summary>The next packet; overwritten by the one after it.</summary>
    public Span<byte> Next()
    {
        var model = _corpus[_random.Next(_corpus.Length)];
        model.CopyTo(_buffer, 0);
        var length = model.Length;
        for (var changes = _random.Next(4); changes > 0; changes--)
        {
            switch (_random.Next(6))
            {
                case 0:
                    length = _random.Next(length + 1);
                    break;
                case 1:
                    var other = _corpus[_random.Next(_corpus.Length)];
                    var from = _random.Next(other.Length);
                    other.AsSpan(from).CopyTo(_buffer.AsSpan(from));
                    length = other.Length;
                    break;
                case 2 when length >= 2:
                    _buffer[_random.Next(length)] = Interesting();
                    break;
                case 3 when length > 0:
                    _buffer[_random.Next(Math.Min(length, 64))] ^= (byte)(1 << _random.Next(8));
                    break;
                default:
                    if (length > 0) _buffer[_random.Next(length)] = (byte)_random.Next(256);
                    break;
            }

            if (length == 0) break;
        }

        var packet = _buffer.AsSpan(0, length);
        if ((_random.Next() & 1) != 0) RepairHeader(packet);
        return packet;
    }

    private byte Interesting() => _random.Next(6) switch
    {
        0 => 0,
        1 => 0xFF,
        2 => 0x7F,
        3 => 0x80,
        4 => 44, // the fragment header's number
        _ => (byte)_random.Next(16),
    };

    private static void RepairHeader(Span<byte> packet)
    {
        if (packet.Length >= 20 && packet[0] == 0x45)
        {
            (packet[2], packet[3]) = ((byte)(packet.Length >> 8), (byte)packet.Length);
            packet[10..12].Clear();
            var checksum = (ushort)~PlainChecksum.Sum(packet[..20]);
            (packet[10], packet[11]) = ((byte)(checksum >> 8), (byte)checksum);
        }
        else if (packet.Length >= 40 && packet[0] >> 4 == 6)
        {
            (packet[4], packet[5]) = ((byte)((packet.Length - 40) >> 8), (byte)(packet.Length - 40));
        }
    }

    private static IEnumerable<byte[]> Corpus()
    {
        foreach (byte[] request in (byte[][])[[0, 0], [0, 1, 0, 0, 0, 80, 0, 0, 0, 0, 14, 16], [0, 2, 0, 0, 0, 80, 78, 32, 0, 0, 0, 0]])
            yield return PacketBuilder.Udp("10.61.0.2:5000", "192.168.61.1:5351", request);
        foreach (var (inner, remote) in Flows)
        {
            var (a, b) = (PacketBuilder.Endpoint(inner), PacketBuilder.Endpoint(remote));
            var whole = new List<byte[]>();
            foreach (var (source, destination) in new[] { (a, b), (b, a) })
            {
                whole.Add(PacketBuilder.Udp(source, destination, new byte[100]));
                whole.Add(PacketBuilder.Tcp(source, destination, TcpFlags.Syn));
                whole.Add(PacketBuilder.Tcp(source, destination, TcpFlags.Ack | TcpFlags.Psh, new byte[100]));
                whole.Add(PacketBuilder.Tcp(source, destination, TcpFlags.Rst));
                whole.Add(WithMss(source, destination));
                whole.Add(PacketBuilder.EchoRequest(source.Address, destination.Address, 5000, 1, new byte[56]));
                whole.Add(PacketBuilder.EchoReply(source.Address, destination.Address, 5000, 1, new byte[56]));
            }

            foreach (var packet in whole)
            {
                yield return packet;
                foreach (var fragment in Fragmenter.Cut(packet, 40, 7)) yield return fragment;
                if (!a.Address.IsV4) yield return PacketBuilder.WithExtensions(packet, (0, 8), (60, 16), (43, 8), (44, 8));
                foreach (byte type in a.Address.IsV4 ? (byte[])[3, 4, 5, 11, 12] : [1, 2, 3, 4, 137])
                {
                    yield return PacketBuilder.Icmp(b.Address, a.Address, type, sequence: 1280, payload: packet);
                    yield return PacketBuilder.Icmp(b.Address, a.Address, type, payload: packet.AsSpan(0, a.Address.IsV4 ? 28 : 48));
                    yield return PacketBuilder.Icmp(a.Address, b.Address, type, sequence: 1280, payload: packet);
                }
            }
        }
    }

    private static byte[] WithMss(InetEndpoint source, InetEndpoint destination)
    {
        var packet = PacketBuilder.Tcp(source, destination, TcpFlags.Syn, [2, 4, 5, 0xB4]);
        packet[PlainChecksum.TransportAt(packet) + 12] = 6 << 4;
        return PacketBuilder.Finish(packet);
    }
}
