using System.Buffers.Binary;

namespace UdpTun.Transport.Secure.Primitives;

/// <summary>
/// The time stamp of an initiation: 12 bytes whose order as bytes is their order in time (TAI64N). A responder accepts only a
/// later one than the last, so a recorded initiation is worth nothing.
/// </summary>
internal static class Tai64N
{
    public const int Bytes = 12;

    /// <summary>Two stamps that lie this far apart differ.</summary>
    public static readonly TimeSpan Granularity = TimeSpan.FromTicks((1 << 24) / NanosecondsPerTick + 1);

    private const ulong Base = 0x400000000000000AUL; // 1970 in TAI, with the ten leap seconds of then.
    private const int NanosecondsPerTick = 100, NanosecondsOffset = 8;

    /// <summary>Time is coarser than the clock, so that a stamp does not tell how fast this machine computes. 16.8 ms.</summary>
    private const uint MarkMask = (1u << 24) - 1;

    /// <param name="time">Of the day.</param>
    /// <param name="stamp">12 bytes.</param>
    /// <param name="mark">What stands in the bits that tell no time.</param>
    public static void Write(DateTimeOffset time, Span<byte> stamp, uint mark = 0)
    {
        var seconds = time.ToUnixTimeSeconds();
        var nanoseconds = (uint)((time.Ticks % TimeSpan.TicksPerSecond) * NanosecondsPerTick);
        BinaryPrimitives.WriteUInt64BigEndian(stamp, Base + (ulong)seconds);
        BinaryPrimitives.WriteUInt32BigEndian(stamp[NanosecondsOffset..], (nanoseconds & ~MarkMask) | mark);
    }

    public static uint MarkOf(ReadOnlySpan<byte> stamp) => BinaryPrimitives.ReadUInt32BigEndian(stamp[NanosecondsOffset..]) & MarkMask;

    public static bool IsLater(ReadOnlySpan<byte> stamp, ReadOnlySpan<byte> than) => stamp[..Bytes].SequenceCompareTo(than[..Bytes]) > 0;
}
