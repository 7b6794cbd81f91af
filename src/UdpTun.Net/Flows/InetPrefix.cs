using System.Buffers.Binary;
using System.Globalization;

namespace UdpTun.Net.Flows;

/// <summary>A range of addresses that share their first <see cref="Length"/> bits (0..32 for IPv4, 0..128 for IPv6).</summary>
public readonly record struct InetPrefix(InetAddress Address, int Length)
{
    private const int MappedBits = 96;

    public bool Contains(InetAddress address) =>
        address.IsV4 == Address.IsV4 && address.SharesPrefix(Address, Address.IsV4 ? Length + MappedBits : Length);

    /// <summary>The same range written with its first address: 10.1.2.3/8 is 10.0.0.0/8.</summary>
    public InetPrefix ToNetwork()
    {
        Span<byte> bytes = stackalloc byte[16];
        Address.WriteMappedTo(bytes);
        var behind = 128 - (Address.IsV4 ? Length + MappedBits : Length);
        var mask = behind == 128 ? UInt128.Zero : UInt128.MaxValue << behind;
        BinaryPrimitives.WriteUInt128BigEndian(bytes, BinaryPrimitives.ReadUInt128BigEndian(bytes) & mask);
        return new InetPrefix(InetAddress.FromBytes(bytes), Length);
    }

    /// <summary>
    /// Reads <c>10.0.0.0/8</c>, <c>fd00::/8</c> or a single address. Bits behind the prefix are refused by no one and ignored.
    /// </summary>
    public static bool TryParse(string text, out InetPrefix prefix)
    {
        prefix = default;
        var slash = text.IndexOf('/');
        if (!InetAddress.TryParse(slash < 0 ? text : text[..slash], out var address)) return false;
        var longest = address.IsV4 ? 32 : 128;
        var length = longest;
        if (slash >= 0 && (!int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out length) || length > longest)) return false;
        prefix = new InetPrefix(address, length);
        return true;
    }

    /// <exception cref="FormatException">Not a prefix.</exception>
    public static InetPrefix Parse(string text) =>
        TryParse(text, out var prefix) ? prefix : throw new FormatException($"'{text}' is not an address range such as 10.0.0.0/8");

    public override string ToString() => $"{Address}/{Length}";
}
