using CsCheck;
using UdpTun.Testing.Memory;
using UdpTun.Transport.Secure.PacketCiphers;
using UdpTun.Transport.Secure.PacketCiphers.IpsecMb;
using UdpTun.Transport.Secure.PacketCiphers.OpenSsl;

namespace UdpTun.Transport.Tests.Secure.PacketCiphers;

public sealed class PacketCipherTests
{
    private const CipherSuite Aes = CipherSuite.Aes256Gcm, ChaCha = CipherSuite.ChaCha20Poly1305;
    private static readonly Gen<byte[]> Keys = Gen.Byte.Array[32];

    public static TheoryData<string, CipherSuite> Fast => new() { { "evp", ChaCha }, { "evp", Aes }, { "ipsec-mb", ChaCha }, { "ipsec-mb", Aes } };

    public static TheoryData<string, CipherSuite> All => new()
    {
        { "evp", ChaCha }, { "evp", Aes }, { "ipsec-mb", ChaCha }, { "ipsec-mb", Aes }, { "plain", ChaCha }, { "plain", Aes },
    };

    [SkippableTheory]
    [MemberData(nameof(Fast))]
    public void Fast_cipher_should_write_what_the_plain_twin_writes(string kind, CipherSuite suite)
    {
        Make(kind, suite, new byte[32], seals: true).Dispose(); // skips the test where there is none
        Gen.Select(Keys, Gen.ULong, Gen.Byte.Array[0, 1500]).Sample((key, counter, data) =>
        {
            using var fast = Make(kind, suite, key, seals: true);
            using var plain = new DotNetPacketCipher(suite, key);
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

    /// <summary>McGrew and Viega, "The Galois/Counter Mode of Operation (GCM)", test cases 13 and 14: key, nonce and data are zeros.</summary>
    [SkippableTheory]
    [InlineData("evp")]
    [InlineData("ipsec-mb")]
    [InlineData("plain")]
    public void Aes_should_give_the_public_vectors(string kind)
    {
        using var cipher = Make(kind, Aes, new byte[32], seals: true);
        byte[] data = new byte[16], tag = new byte[16];
        cipher.Seal(0, [], [], tag);
        Assert.Equal("530f8afbc74536b9a963b4f1c4cb738b", Convert.ToHexStringLower(tag));
        cipher.Seal(0, data, data, tag);
        Assert.Equal("cea7403d4d606b6e074ec5d3baf39d18", Convert.ToHexStringLower(data));
        Assert.Equal("d0d1c8a799996bf0265b98b5d48ab919", Convert.ToHexStringLower(tag));
    }

    [Theory]
    [InlineData(ChaCha, "00000000" + "0807060504030201")] // Noise revision 34, section 12.3
    [InlineData(Aes, "00000000" + "0102030405060708")] // section 12.4
    public void Nonce_should_be_that_of_Noise(CipherSuite suite, string expected)
    {
        var nonce = new byte[12];
        nonce.AsSpan().Fill(255);
        PacketCipher.WriteNonce(suite, 0x0102030405060708, nonce);
        Assert.Equal(expected, Convert.ToHexStringLower(nonce));
    }

    [SkippableTheory]
    [MemberData(nameof(All))]
    public void Cipher_should_refuse_a_changed_packet_and_open_the_next(string kind, CipherSuite suite)
    {
        var key = new byte[32];
        using IPacketCipher sealer = new DotNetPacketCipher(suite, key);
        using IPacketCipher opener = Make(kind, suite, key, seals: false);
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
    [MemberData(nameof(All))]
    public void Cipher_should_authenticate_an_empty_packet(string kind, CipherSuite suite)
    {
        using IPacketCipher sealer = new DotNetPacketCipher(suite, new byte[32]);
        using IPacketCipher opener = Make(kind, suite, new byte[32], seals: false);
        var tag = new byte[16];
        sealer.Seal(0, [], [], tag);
        Assert.True(opener.TryOpen(0, [], tag));
        tag[15] ^= 1;
        Assert.False(opener.TryOpen(0, [], tag));
    }

    [SkippableTheory]
    [MemberData(nameof(Fast))]
    public void Fast_cipher_should_allocate_nothing_per_packet(string kind, CipherSuite suite)
    {
        using var sealer = Make(kind, suite, new byte[32], seals: true);
        using var opener = Make(kind, suite, new byte[32], seals: false);
        byte[] data = new byte[1400], tag = new byte[16];
        var counter = 0UL;
        Assert.Equal(0, AllocationProbe.BytesOf(() =>
        {
            sealer.Seal(++counter, data, data, tag);
            if (!opener.TryOpen(counter, data, tag)) Assert.Fail("what was sealed does not open");
        }));
    }

    [SkippableFact]
    public void Wiped_key_should_seal_nothing()
    {
        var cipher = Make("ipsec-mb", Aes, new byte[32], seals: true);
        cipher.Dispose();
        cipher.Dispose();
        Assert.Throws<ObjectDisposedException>(() => cipher.Seal(0, [], [], new byte[16]));
    }

    private static IPacketCipher Make(string kind, CipherSuite suite, ReadOnlySpan<byte> key, bool seals)
    {
        if (kind == "plain") return new DotNetPacketCipher(suite, key);
        if (kind == "evp") return new EvpPacketCipher(suite, key, seals);
        Skip.IfNot(LibIpsecMb.IsPresent, "libipsec-mb1 is not installed, or does not know this processor");
        return new IpsecMbPacketCipher(suite, key, seals);
    }
}
