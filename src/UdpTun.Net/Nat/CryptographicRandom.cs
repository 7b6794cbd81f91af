// Stage: the opening of a mapping. Thread: one at a time. Memory: one buffer, refilled in place.
using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace UdpTun.Net.Nat;

/// <summary>
/// Draws that nobody can predict from earlier ones (RFC 6056 section 3.2): a guessed port lets a stranger answer in a remote's name.
/// A system call for every 64 draws, no allocation.
/// </summary>
public sealed class CryptographicRandom : Random
{
    private readonly byte[] _buffer = new byte[256];
    private int _used = 256;

    public override int Next() => Next(int.MaxValue);

    public override int Next(int maxValue) => Next(0, maxValue);

    public override int Next(int minValue, int maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minValue, maxValue);
        var range = (uint)(maxValue - (long)minValue);
        if (range <= 1) return minValue;
        // Draws below the next power of two that miss the range are thrown away: a remainder would favour the low values.
        var mask = uint.MaxValue >> BitOperations.LeadingZeroCount(range - 1);
        while (true)
        {
            var drawn = Draw() & mask;
            if (drawn < range) return (int)(minValue + drawn);
        }
    }

    public override void NextBytes(byte[] buffer) => RandomNumberGenerator.Fill(buffer);

    public override void NextBytes(Span<byte> buffer) => RandomNumberGenerator.Fill(buffer);

    protected override double Sample() => Draw() / (uint.MaxValue + 1.0);

    private uint Draw()
    {
        if (_used == _buffer.Length)
        {
            RandomNumberGenerator.Fill(_buffer);
            _used = 0;
        }

        var drawn = BinaryPrimitives.ReadUInt32LittleEndian(_buffer.AsSpan(_used));
        _used += sizeof(uint);
        return drawn;
    }
}
