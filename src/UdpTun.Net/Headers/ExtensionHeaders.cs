// Stage: parser and translator, IPv6. Thread: any. Memory: none of its own; nothing allocated.
using System.Buffers.Binary;
using UdpTun.Net.Counters;

namespace UdpTun.Net.Headers;

/// <summary>
/// The IPv6 extension headers of one packet that a router passes on unread (RFC 8200 section 4, RFC 7045): hop-by-hop and destination
/// options, a routing header that has done its work, a fragment header. Bounded in number and length, so that nobody can hide the
/// transport far behind or keep us walking; whatever else stands in the transport's place is the caller's to judge.
/// </summary>
internal readonly struct ExtensionHeaders
{
    /// <summary>Where in a fragment header the identification stands.</summary>
    public const int IdentificationOffset = 4;

    // IANA "IPv6 Extension Header Types".
    private const byte HopByHop = 0, Routing = 43, Fragment = 44, DestinationOptions = 60;

    // RFC 8200 section 4.1 lets destination options come twice and each of the others once.
    private const int MaxHeaders = 5;

    // RFC 8883 section 1.2 and RFC 8504 section 5.3 leave limits to the node; real headers have 8 to 64 bytes.
    private const int MaxLength = 256;

    private const int Unit = 8;
    private const int SegmentsLeftOffset = 3;

    private ExtensionHeaders(byte protocol, int length, int fragmentHeaderAt, int fragmentField, uint identification)
    {
        (Protocol, Length, FragmentHeaderAt) = (protocol, length, fragmentHeaderAt);
        (FragmentOffset, HasMoreFragments, Identification) = (fragmentField & 0xFFF8, (fragmentField & 1) != 0, identification);
    }

    /// <summary>What follows the headers.</summary>
    public byte Protocol { get; }

    /// <summary>Bytes of all of them.</summary>
    public int Length { get; }

    /// <summary>Where behind the IPv6 header the fragment header begins; of no meaning without one.</summary>
    public int FragmentHeaderAt { get; }

    /// <summary>In bytes.</summary>
    public int FragmentOffset { get; }

    public bool HasMoreFragments { get; }

    public uint Identification { get; }

    /// <param name="next">The next header that the IPv6 header names.</param>
    /// <param name="bytes">What follows the IPv6 header.</param>
    /// <param name="headers">Of use only after <see cref="DropReason.None"/>.</param>
    /// <returns>None, Truncated or UnsupportedExtensionHeader.</returns>
    public static DropReason TryParse(byte next, ReadOnlySpan<byte> bytes, out ExtensionHeaders headers)
    {
        var (at, fragmentAt, field, identification) = (0, -1, 0, 0u);
        headers = default;
        for (var count = 0; IsPassedOn(next); count++)
        {
            if (bytes.Length < at + Unit) return DropReason.Truncated;
            var length = next == Fragment ? Unit : (bytes[at + 1] + 1) * Unit;
            if (count == MaxHeaders || at + length > MaxLength || !IsInPlace(next, bytes[at..], count, fragmentAt))
                return DropReason.UnsupportedExtensionHeader;
            if (bytes.Length < at + length) return DropReason.Truncated;
            if (next == Fragment)
            {
                fragmentAt = at;
                field = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]);
                identification = BinaryPrimitives.ReadUInt32BigEndian(bytes[(at + IdentificationOffset)..]);
            }

            next = bytes[at];
            at += length;
            // Behind a later fragment's header is data, whatever the first one has there.
            if ((field & 0xFFF8) != 0) break;
        }

        headers = new ExtensionHeaders(next, at, fragmentAt, field, identification);
        return DropReason.None;
    }

    private static bool IsPassedOn(byte next) => next is HopByHop or Routing or Fragment or DestinationOptions;

    private static bool IsInPlace(byte header, ReadOnlySpan<byte> bytes, int count, int fragmentAt) => header switch
    {
        HopByHop => count == 0, // RFC 8200 section 4.3
        Routing => bytes[SegmentsLeftOffset] == 0, // else the destination address is not the last one
        Fragment => fragmentAt < 0,
        _ => true,
    };
}
