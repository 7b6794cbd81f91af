// Stage: wherever a packet is checked, answered or translated. Thread: any. Memory: the caller's spans, nothing kept, nothing allocated.
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using UdpTun.Net.Flows;

namespace UdpTun.Net.Headers;

/// <summary>
/// The one's complement sum of IP, TCP, UDP and ICMP: over whole spans (RFC 1071) and updated in place when a word changes
/// (RFC 1624). Sums are plain 16-bit values in network order's numbers; a checksum is a sum inverted.
/// </summary>
/// <remarks>
/// One's complement has two zeros. A full sum of anything but zeros is never 0, so a checksum made here is never 0xFFFF; an
/// update keeps to that by RFC 1624's equation 3, where the older equation of RFC 1141 does not. A 0xFFFF that a sender wrote in the
/// place of 0 is as good to every receiver and may leave an update as 0.
/// </remarks>
public static class InternetChecksum
{
    /// <summary>The checksum of the bytes, ready to be written where the field was 0 (RFC 1071).</summary>
    public static ushort Compute(ReadOnlySpan<byte> bytes) => (ushort)~Sum(bytes);

    /// <summary>True when bytes that contain their checksum are intact.</summary>
    public static bool IsIntact(ReadOnlySpan<byte> bytes, ushort pseudoHeaderSum = 0) => Add(Sum(bytes), pseudoHeaderSum) == 0xFFFF;

    /// <summary>The sum of the bytes, not inverted; an odd last byte counts as the high half of a word.</summary>
    public static ushort Sum(ReadOnlySpan<byte> bytes)
    {
        // RFC 1071 section 2(B): the sum does not care about byte order as long as it is turned round at the end, nor about word
        // size. 32-bit halves into 64-bit totals need no carries below 32 GB.
        var even = bytes.Length & ~1;
        var total = Vector256.IsHardwareAccelerated && even >= Vector256<byte>.Count ? SumVectors(bytes, even) : SumWords(bytes, even);
        if (even < bytes.Length) total += BitConverter.IsLittleEndian ? bytes[even] : (uint)bytes[even] << 8;
        var sum = Fold(total);
        return BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(sum) : sum;
    }

    /// <summary>
    /// The sum of the pseudo-header that TCP, UDP (RFC 9293 section 3.1, RFC 768) and, in IPv6 only, ICMP cover (RFC 8200 section 8.1).
    /// </summary>
    /// <param name="source">The IP header's source.</param>
    /// <param name="destination">The IP header's destination.</param>
    /// <param name="protocol">The transport protocol.</param>
    /// <param name="length">Bytes of transport header and payload.</param>
    public static ushort PseudoHeaderSum(InetAddress source, InetAddress destination, IpProtocol protocol, int length) =>
        protocol == IpProtocol.Icmp ? (ushort)0 : Fold((ulong)SumOf(source) + SumOf(destination) + (uint)length + (uint)protocol);

    /// <summary>The same from the addresses' bytes, source before destination: 8 or 32.</summary>
    internal static ushort PseudoHeaderSum(ReadOnlySpan<byte> addresses, IpProtocol protocol, int length) =>
        Fold((ulong)Sum(addresses) + (uint)length + (uint)protocol);

    /// <summary>The one's complement sum of two sums.</summary>
    public static ushort Add(ushort left, ushort right) => Fold((uint)left + right);

    /// <summary>The checksum after one of the 16-bit words it covers has changed (RFC 1624, equation 3).</summary>
    public static ushort Update(ushort checksum, ushort before, ushort after) =>
        (ushort)~UpdateSum((ushort)~checksum, before, after);

    /// <summary>The checksum after an address it covers has changed; both addresses are of one family.</summary>
    public static ushort Update(ushort checksum, InetAddress before, InetAddress after) =>
        (ushort)~UpdateSum((ushort)~checksum, before, after);

    /// <summary>A sum that is not inverted, such as the kernel leaves when a checksum is pending, after a word has changed.</summary>
    public static ushort UpdateSum(ushort sum, ushort before, ushort after) => Fold((uint)sum + (ushort)~before + after);

    /// <summary>A sum that is not inverted after an address it covers has changed; both addresses are of one family.</summary>
    public static ushort UpdateSum(ushort sum, InetAddress before, InetAddress after) => UpdateSum(sum, SumOf(before), SumOf(after));

    /// <summary>What is too short for vectors: headers and addresses.</summary>
    private static ulong SumWords(ReadOnlySpan<byte> bytes, int length)
    {
        ref var first = ref MemoryMarshal.GetReference(bytes);
        var (total, at) = (0UL, 0);
        for (; at + sizeof(ulong) <= length; at += sizeof(ulong))
        {
            var word = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, at));
            total += (uint)word + (word >> 32);
        }

        if ((length & 4) != 0)
        {
            total += Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref first, at));
            at += 4;
        }

        return (length & 2) == 0 ? total : total + Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref first, at));
    }

    /// <summary>
    /// Adds up 64 bytes a step, the halves of each word into a total of their own. What is left at the end is read together with what
    /// lies before it, which does not count: a loop over a varying number of words would cost as much as ten steps.
    /// </summary>
    /// <param name="bytes">At least <paramref name="length"/>.</param>
    /// <param name="length">Even, and a vector's at least.</param>
    private static ulong SumVectors(ReadOnlySpan<byte> bytes, int length)
    {
        var (low, high) = (Vector256<ulong>.Zero, Vector256<ulong>.Zero);
        var half = Vector256.Create(0xFFFF_FFFFUL);
        var size = Vector256<byte>.Count;
        ref var first = ref MemoryMarshal.GetReference(bytes);
        var at = 0;
        for (; at + (2 * size) <= length; at += 2 * size)
        {
            var left = Vector256.LoadUnsafe(ref first, (nuint)at).AsUInt64();
            var right = Vector256.LoadUnsafe(ref first, (nuint)(at + size)).AsUInt64();
            low += (left & half) + (right & half);
            high += (left >>> 32) + (right >>> 32);
        }

        if (at + size <= length)
        {
            var left = Vector256.LoadUnsafe(ref first, (nuint)at).AsUInt64();
            low += left & half;
            high += left >>> 32;
        }

        var last = Vector256.LoadUnsafe(ref first, (nuint)(length - size)).AsUInt64()
            & Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(LastOnes), (nuint)(length % size)).AsUInt64();
        return Vector256.Sum(low + (last & half) + high + (last >>> 32));
    }

    /// <summary>A vector from its n-th byte on has ones in its last n bytes.</summary>
    private static ReadOnlySpan<byte> LastOnes =>
    [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    ];

    private static ushort SumOf(InetAddress address)
    {
        if (address.IsV4) return Fold(address.V4);
        Span<byte> bytes = stackalloc byte[16];
        address.WriteMappedTo(bytes);
        return Sum(bytes);
    }

    private static ushort Fold(ulong total)
    {
        total = (total & 0xFFFF_FFFF) + (total >> 32);
        total = (total & 0xFFFF_FFFF) + (total >> 32);
        return Fold((uint)total);
    }

    private static ushort Fold(uint total)
    {
        var sum = (total & 0xFFFF) + (total >> 16);
        return (ushort)(sum + (sum >> 16));
    }
}
