using CsCheck;
using UdpTun.Testing.Memory;
using UdpTun.Transport.Secure.PacketCiphers;
using UdpTun.Transport.Secure.PacketCiphers.IpsecMb;
using UdpTun.Transport.Secure.PacketCiphers.OpenSsl;

namespace UdpTun.Transport.Tests.Secure.PacketCiphers;

public sealed class PacketCipherTests
{
    private static readonly Gen<byte[]> Keys = Gen.Byte.Array[32];

    [SkippableTheory]
    [InlineData("evp")]
    [InlineData("ipsec-mb")]
    public void Fast_cipher_should_write_what_the_plain_twin_writes(string kind)
    {
        Make(kind, new byte[32], seals: true).Dispose(); // skips the test where there is none
        Gen.Select(Keys, Gen.ULong, Gen.Byte.Array[0, 1500]).Sample((key, counter, data) =>
        {
            using var fast = Make(kind, key, seals: true);
            using var plain = new DotNetPacketCipher(key);
            byte[] one = [.. data], two = [.. data], apart = new byte[data.Length], tagOne = new byte[16], tagTwo = new byte[16];
            for (var turn = 0; turn < 2; turn++) // The context is used again for the second packet.
            {
                byte[] before = [.. one];
                fast.Seal(counter, before, apart, tagTwo);
                fast.Seal(counter, one, one, tagOne);
                Assert.Equal(one, apart);
                Assert.Equal(tagOne, tagTwo);
                plain.Seal(counter, two, two, tagTwo);
                Assert.Equal(two, one);
                Assert.Equal(tagTwo, tagOne);
            }
        }, iter: 300);
    }

    [SkippableTheory]
    [InlineData("evp")]
    [InlineData("ipsec-mb")]
    [InlineData("plain")]
    public void Cipher_should_refuse_a_changed_packet_and_open_the_next(string kind)
    {
        var key = new byte[32];
        using IPacketCipher sealer = new DotNetPacketCipher(key);
        using IPacketCipher opener = Make(kind, key, seals: false);
        byte[] data = [1, 2, 3, 4, 5], tag = new byte[16];
        sealer.Seal(7, data, data, tag);
        byte[] changed = [.. data], whole = [.. data];
        changed[2] ^= 1;

        Assert.False(opener.TryOpen(7, changed, tag));
        Assert.Equal(new byte[5], changed);
        Assert.False(opener.TryOpen(8, (byte[])whole.Clone(), tag));
        Assert.True(opener.TryOpen(7, whole, tag));
        Assert.Equal([1, 2, 3, 4, 5], whole);
    }

    [SkippableTheory]
    [InlineData("evp")]
    [InlineData("ipsec-mb")]
    [InlineData("plain")]
    public void Cipher_should_authenticate_an_empty_packet(string kind)
    {
        using IPacketCipher sealer = new DotNetPacketCipher(new byte[32]);
        using IPacketCipher opener = Make(kind, new byte[32], seals: false);
        var tag = new byte[16];
        sealer.Seal(0, [], [], tag);
        Assert.True(opener.TryOpen(0, [], tag));
        tag[15] ^= 1;
        Assert.False(opener.TryOpen(0, [], tag));
    }

    [SkippableTheory]
    [InlineData("evp")]
    [InlineData("ipsec-mb")]
    public void Fast_cipher_should_allocate_nothing_per_packet(string kind)
    {
        using var sealer = Make(kind, new byte[32], seals: true);
        using var opener = Make(kind, new byte[32], seals: false);
        byte[] data = new byte[1400], tag = new byte[16];
        var counter = 0UL;
        Assert.Equal(0, AllocationProbe.BytesOf(() =>
        {
            sealer.Seal(++counter, data, data, tag);
            if (!opener.TryOpen(counter, data, tag)) Assert.Fail("what was sealed does not open");
        }));
    }

    private static IPacketCipher Make(string kind, ReadOnlySpan<byte> key, bool seals)
    {
        if (kind == "plain") return new DotNetPacketCipher(key);
        if (kind == "evp") return new EvpPacketCipher(key, seals);
        Skip.IfNot(LibIpsecMb.IsPresent, "libipsec-mb1 is not installed, or does not know this processor");
        return new IpsecMbPacketCipher(key, seals);
    }
}
