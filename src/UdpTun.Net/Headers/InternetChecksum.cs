// Stage: wherever a packet is checked, answered or translated. Thread: any. Memory: the caller's spans, nothing kept, nothing allocated.
using System.Buffers.Binary;
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
        // size. 32-bit halves into 64-bit totals need no carries below 32 GB, and two totals keep the adder's pipeline full.
        ulong even = 0, odd = 0;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        if (Vector256.IsHardwareAccelerated && words.Length >= 2 * Vector256<ulong>.Count)
            words = words[SumVectors(words, ref even)..];
        foreach (var word in words)
        {
            even += (uint)word;
            odd += word >> 32;
        }

        var total = even + odd;
        var rest = bytes[(bytes.Length & ~7)..];
        for (; rest.Length >= 2; rest = rest[2..]) total += MemoryMarshal.Read<ushort>(rest);
        if (rest.Length == 1) total += BitConverter.IsLittleEndian ? rest[0] : (uint)rest[0] << 8;
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

    /// <summary>Adds up 64 bytes a step, the halves of each word into a total of their own; returns how many words that were.</summary>
    private static int SumVectors(ReadOnlySpan<ulong> words, ref ulong total)
    {
        var (low, high) = (Vector256<ulong>.Zero, Vector256<ulong>.Zero);
        var half = Vector256.Create(0xFFFF_FFFFUL);
        var step = 2 * Vector256<ulong>.Count;
        var end = words.Length - (words.Length % step);
        ref var first = ref MemoryMarshal.GetReference(words);
        for (var at = 0; at < end; at += step)
        {
            var left = Vector256.LoadUnsafe(ref first, (nuint)at);
            var right = Vector256.LoadUnsafe(ref first, (nuint)(at + Vector256<ulong>.Count));
            low += (left & half) + (right & half);
            high += (left >>> 32) + (right >>> 32);
        }

        total += Vector256.Sum(low + high);
        return end;
    }

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
        var sum = ((uint)total & 0xFFFF) + ((uint)total >> 16);
        return (ushort)(sum + (sum >> 16));
    }
}
