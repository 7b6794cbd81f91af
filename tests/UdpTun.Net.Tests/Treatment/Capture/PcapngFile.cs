using System.Buffers.Binary;
using System.Text;

namespace UdpTun.Net.Tests.Treatment.Capture;

/// <summary>Reads a big-endian pcapng file by plain code of the tests' own, straight from the format's description.</summary>
internal sealed class PcapngFile
{
    public List<string> Interfaces { get; } = [];

    public List<Packet> Packets { get; } = [];

    public Dictionary<int, (long Received, long Missed)> Statistics { get; } = [];

    public static PcapngFile Read(ReadOnlySpan<byte> file)
    {
        var read = new PcapngFile();
        for (var first = true; !file.IsEmpty; first = false)
        {
            var type = BinaryPrimitives.ReadUInt32BigEndian(file);
            var length = BinaryPrimitives.ReadInt32BigEndian(file[4..]);
            Assert.Equal(0, length % 4);
            Assert.Equal(length, BinaryPrimitives.ReadInt32BigEndian(file[(length - 4)..]));
            Assert.Equal(first, type == 0x0A0D0D0A);
            read.Add(type, file[8..(length - 4)]);
            file = file[length..];
        }

        return read;
    }

    private void Add(uint type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case 0x0A0D0D0A:
                Assert.Equal(0x1A2B3C4Du, BinaryPrimitives.ReadUInt32BigEndian(body));
                Assert.Equal("UdpTun", Encoding.UTF8.GetString(Options(body[16..])[4]));
                break;
            case 1:
                Assert.Equal(101, BinaryPrimitives.ReadUInt16BigEndian(body));
                Assert.Equal([9], Options(body[8..])[9]);
                Interfaces.Add(Encoding.UTF8.GetString(Options(body[8..])[2]));
                break;
            case 6:
                var captured = BinaryPrimitives.ReadInt32BigEndian(body[12..]);
                Assert.Equal(captured, BinaryPrimitives.ReadInt32BigEndian(body[16..]));
                var options = Options(body[(20 + ((captured + 3) & ~3))..]);
                Packets.Add(new Packet(
                    BinaryPrimitives.ReadInt32BigEndian(body),
                    ((long)BinaryPrimitives.ReadUInt32BigEndian(body[4..]) << 32) | BinaryPrimitives.ReadUInt32BigEndian(body[8..]),
                    body.Slice(20, captured).ToArray(),
                    options.TryGetValue(1, out var comment) ? Encoding.UTF8.GetString(comment) : "",
                    BinaryPrimitives.ReadInt32BigEndian(options[2]),
                    BinaryPrimitives.ReadInt64BigEndian(options[5])));
                break;
            case 5:
                var counts = Options(body[12..]);
                Statistics[BinaryPrimitives.ReadInt32BigEndian(body)] =
                    (BinaryPrimitives.ReadInt64BigEndian(counts[4]), BinaryPrimitives.ReadInt64BigEndian(counts[5]));
                break;
            default:
                Assert.Fail($"a block of type {type}");
                break;
        }
    }

    private static Dictionary<int, byte[]> Options(ReadOnlySpan<byte> bytes)
    {
        var options = new Dictionary<int, byte[]>();
        while (true)
        {
            var (code, length) = (BinaryPrimitives.ReadUInt16BigEndian(bytes), BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]));
            if (code == 0)
            {
                Assert.Equal(4, bytes.Length);
                return options;
            }

            options[code] = bytes.Slice(4, length).ToArray();
            bytes = bytes[(4 + ((length + 3) & ~3))..];
        }
    }

    /// <summary>One packet block; the direction is 1 for in and 2 for out.</summary>
    public sealed record Packet(int Interface, long Nanoseconds, byte[] Bytes, string Comment, int Direction, long Number);
}
