using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace UdpTun.Net.Flows;

/// <summary>
/// An IPv4 or IPv6 address as two machine words, cheap to compare and to hash. IPv4 is held in its IPv4-mapped form
/// (RFC 4291 section 2.5.5.2), so both families share one type and one table. The default value is <c>::</c>.
/// </summary>
public readonly struct InetAddress : IEquatable<InetAddress>
{
    private const ulong MappedPrefix = 0x0000_FFFF_0000_0000;

    private readonly ulong _high;
    private readonly ulong _low;

    private InetAddress(ulong high, ulong low) => (_high, _low) = (high, low);

    /// <summary>True for an IPv4 (mapped) address.</summary>
    public bool IsV4 => _high == 0 && (_low & 0xFFFF_FFFF_0000_0000) == MappedPrefix;

    /// <summary>The address as a 32-bit number in host order; meaningful only when <see cref="IsV4"/>.</summary>
    public uint V4 => (uint)_low;

    /// <summary>An IPv4 address from its 32-bit number in host order (127.0.0.1 is 0x7F000001).</summary>
    public static InetAddress FromV4(uint address) => new(0, MappedPrefix | address);

    /// <summary>An address from its 4 or 16 bytes in network order.</summary>
    /// <exception cref="ArgumentException">Neither 4 nor 16 bytes.</exception>
    public static InetAddress FromBytes(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        4 => FromV4(BinaryPrimitives.ReadUInt32BigEndian(bytes)),
        16 => new(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..])),
        _ => throw new ArgumentException("an address has 4 or 16 bytes", nameof(bytes)),
    };

    /// <summary>Writes the address in network order: 4 bytes when <see cref="IsV4"/>, else 16.</summary>
    public void WriteTo(Span<byte> destination)
    {
        if (IsV4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, V4);
            return;
        }

        WriteMappedTo(destination);
    }

    /// <summary>Writes all 16 bytes in network order, an IPv4 address in its mapped form (what a dual-stack socket takes).</summary>
    public void WriteMappedTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _high);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _low);
    }

    /// <summary>True when the first <paramref name="bits"/> bits (0..128, counted in the 128-bit form) of both are equal.</summary>
    public bool SharesPrefix(InetAddress other, int bits)
    {
        var high = bits >= 64 ? ulong.MaxValue : bits == 0 ? 0 : ulong.MaxValue << (64 - bits);
        var low = bits <= 64 ? 0 : bits == 128 ? ulong.MaxValue : ulong.MaxValue << (128 - bits);
        return ((_high ^ other._high) & high) == 0 && ((_low ^ other._low) & low) == 0;
    }

    public static InetAddress From(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var written);
        return FromBytes(bytes[..written]);
    }

    /// <summary>Reads the usual text forms; scope identifiers (<c>%eth0</c>) and brackets, behind which .NET ignores a port, are refused.</summary>
    public static bool TryParse(string text, out InetAddress address)
    {
        address = default;
        if (text.AsSpan().ContainsAny('%', '[') || !IPAddress.TryParse(text, out var parsed)) return false;
        if (parsed.AddressFamily == AddressFamily.InterNetwork && text.Count(c => c == '.') != 3) return false;
        address = From(parsed);
        return true;
    }

    /// <exception cref="FormatException">Not an address.</exception>
    public static InetAddress Parse(string text) =>
        TryParse(text, out var address) ? address : throw new FormatException($"'{text}' is not an IP address");

    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        WriteTo(bytes);
        return new IPAddress(bytes[..(IsV4 ? 4 : 16)]);
    }

    public bool Equals(InetAddress other) => _low == other._low && _high == other._high;

    public override bool Equals(object? obj) => obj is InetAddress other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(_high, _low);

    public override string ToString() => ToIPAddress().ToString();

    public static bool operator ==(InetAddress left, InetAddress right) => left.Equals(right);

    public static bool operator !=(InetAddress left, InetAddress right) => !left.Equals(right);
}
