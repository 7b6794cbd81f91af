using System.Security.Cryptography;

namespace UdpTun.EndToEnd.Tests.Traffic;

/// <summary>A stream of pseudo-random bytes that both ends can make for themselves, so that only its hash need be compared.</summary>
internal sealed record Payload(int Seed, long Length)
{
    private const int Chunk = 64 * 1024;

    internal string Sha256()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var chunk in Chunks()) hash.AppendData(chunk.Span);
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    internal async Task WriteTo(Stream stream)
    {
        foreach (var chunk in Chunks()) await stream.WriteAsync(chunk);
    }

    /// <summary>The hash of what <paramref name="stream"/> brings: <paramref name="length"/> bytes, or all up to its end.</summary>
    internal static async Task<string> Sha256Of(Stream stream, long length = long.MaxValue)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[Chunk];
        while (length > 0)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(length, buffer.Length)));
            if (read == 0) break;
            hash.AppendData(buffer, 0, read);
            length -= read;
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private IEnumerable<ReadOnlyMemory<byte>> Chunks()
    {
        var random = new Random(Seed);
        var buffer = new byte[Chunk];
        for (var left = Length; left > 0; left -= buffer.Length)
        {
            random.NextBytes(buffer);
            yield return buffer.AsMemory(0, (int)Math.Min(left, buffer.Length));
        }
    }
}
