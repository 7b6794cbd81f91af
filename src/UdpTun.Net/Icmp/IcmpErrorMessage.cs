// Stage: the answer to a packet that goes no further. Thread: the loop. Memory: the caller's span; nothing allocated.
using System.Buffers.Binary;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;

namespace UdpTun.Net.Icmp;

/// <summary>
/// Writes the ICMP errors of our own, so that whoever sent a packet learns at once what became of it instead of waiting for a time-out.
/// </summary>
public static class IcmpErrorMessage
{
    /// <summary>Bytes that a message takes at most.</summary>
    public const int MaxLength = IpHeader.V6Length + HeaderLength + MaxQuote;

    private const int HeaderLength = 8;
    private const int MaxQuote = 128; // RFC 792 asks for the IP header and 8 bytes; more helps whoever reads a capture

    // RFC 1812 section 4.3.2.5: the precedence of internetwork control, and otherwise the type of service of what it is about, without ECN.
    private const byte InternetworkControl = 0xC0;
    private const byte TypeOfService = 0x1C;

    /// <summary>
    /// Whether an error may be sent about a packet that passed the parser, and so is neither martian nor multicast: not about an ICMP
    /// error, and not about a later fragment (RFC 1122 section 3.2.2, RFC 4443 section 2.4).
    /// </summary>
    public static bool IsAllowedAbout(ReadOnlySpan<byte> offending) =>
        IpHeader.TryLocate(offending, out var ip) == DropReason.None
        && ip.FragmentOffset == 0
        && !IcmpError.IsError((IpProtocol)ip.Protocol, ip.Payload);

    /// <summary>Writes the message about <paramref name="offending"/> from <paramref name="from"/> to the packet's source.</summary>
    /// <param name="message">At least <see cref="MaxLength"/> bytes.</param>
    /// <param name="offending">One whole packet that an error <see cref="IsAllowedAbout"/>, or as much of it as is known.</param>
    /// <param name="from">The address that speaks; of the packet's family.</param>
    /// <param name="kind">What it says.</param>
    /// <returns>The message's length in bytes.</returns>
    public static int Write(Span<byte> message, ReadOnlySpan<byte> offending, InetAddress from, IcmpErrorKind kind)
    {
        var isV4 = IpHeader.IsVersion4(offending);
        var ipLength = isV4 ? IpHeader.V4Length : IpHeader.V6Length;
        var quote = offending[..Math.Min(offending.Length, MaxQuote)];
        var length = ipLength + HeaderLength + quote.Length;
        message = message[..length];
        message.Clear();

        var to = InetAddress.FromBytes(isV4 ? offending.Slice(IpHeader.V4SourceOffset, 4) : offending.Slice(IpHeader.V6SourceOffset, 16));
        var typeOfService = isV4 ? (byte)(InternetworkControl | (offending[IpHeader.V4TypeOfServiceOffset] & TypeOfService)) : (byte)0;
        OwnHeader.Write(message, from, to, isV4 ? IpProtocol.Icmp : IpProtocol.IcmpV6, typeOfService);

        var icmp = message[ipLength..];
        (icmp[0], icmp[1]) = isV4 ? TypeAndCodeV4(kind) : TypeAndCodeV6(kind);
        quote.CopyTo(icmp[HeaderLength..]);
        var pseudo = InternetChecksum.PseudoHeaderSum(from, to, isV4 ? IpProtocol.Icmp : IpProtocol.IcmpV6, icmp.Length);
        BinaryPrimitives.WriteUInt16BigEndian(
            icmp[TransportHeader.IcmpChecksumOffset..], (ushort)~InternetChecksum.Add(InternetChecksum.Sum(icmp), pseudo));
        return length;
    }

    private static (byte Type, byte Code) TypeAndCodeV4(IcmpErrorKind kind) => kind switch
    {
        IcmpErrorKind.Prohibited => (IcmpType.DestinationUnreachable, 13),
        IcmpErrorKind.PortUnreachable => (IcmpType.DestinationUnreachable, 3),
        _ => (IcmpType.TimeExceeded, 0),
    };

    private static (byte Type, byte Code) TypeAndCodeV6(IcmpErrorKind kind) => kind switch
    {
        IcmpErrorKind.Prohibited => (IcmpType.DestinationUnreachableV6, 1),
        IcmpErrorKind.PortUnreachable => (IcmpType.DestinationUnreachableV6, 4),
        _ => (IcmpType.TimeExceededV6, 0),
    };
}
