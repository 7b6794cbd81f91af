using System.Text;

namespace UdpTun.Actors.Lessons;

/// <summary>Bytes as people read them: offset, sixteen hexadecimal bytes, the same as ASCII.</summary>
internal static class HexDump
{
    private const int BytesPerLine = 16;

    public static string Of(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        for (var offset = 0; offset < bytes.Length; offset += BytesPerLine)
        {
            var line = bytes[offset..Math.Min(offset + BytesPerLine, bytes.Length)];
            if (offset > 0) text.Append('\n');
            text.Append($"    {offset:x4}  {Pairs(line),-(BytesPerLine * 3)} ");
            foreach (var value in line) text.Append(value is >= 0x20 and < 0x7F ? (char)value : '.');
        }

        return text.ToString();
    }

    private static string Pairs(ReadOnlySpan<byte> line)
    {
        var pairs = new StringBuilder(line.Length * 3);
        foreach (var value in line) pairs.Append($"{value:x2} ");
        return pairs.ToString();
    }
}
