using System.Text;
using UdpTun.Transport.Secure.Primitives;

namespace UdpTun.Transport.Tests.Secure.Primitives;

public sealed class PrimitivesTests
{
    [Fact]
    public void Hash_should_give_the_vector_of_RFC_7693_appendix_B()
    {
        var hash = new byte[32];
        Blake2s.Hash("a"u8, "bc"u8, hash);
        Assert.Equal("508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982", Convert.ToHexStringLower(hash));
    }

    [Fact]
    public void Agreement_should_give_the_vector_of_RFC_7748_section_6_1()
    {
        using var alice = X25519Key.Import(Convert.FromHexString("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"));
        using var bob = X25519Key.Import(Convert.FromHexString("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"));
        byte[] one = new byte[32], two = new byte[32];

        Assert.True(alice.TryAgree(bob.PublicKey, one));
        Assert.True(bob.TryAgree(alice.PublicKey, two));
        Assert.Equal("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742", Convert.ToHexStringLower(one));
        Assert.Equal(one, two);
    }

    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    public void Agreement_should_fail_when_the_point_is_of_low_order(string point)
    {
        using var key = X25519Key.Generate();
        Assert.False(key.TryAgree(Convert.FromHexString(point), new byte[32]));
    }

    [Fact]
    public void Derivation_should_be_the_chain_of_HMACs_that_the_paper_writes()
    {
        byte[] one = new byte[32], two = new byte[32], three = new byte[32], seed = new byte[32];
        KeyDerivation.Derive("chain"u8, "input"u8, one, two, three);
        Blake2s.Hmac("chain"u8, "input"u8, [], seed);
        Assert.Equal(PlainHmac(PlainHmac(Encoding.ASCII.GetBytes("chain"), Encoding.ASCII.GetBytes("input")), [1]), one);
        Assert.Equal(PlainHmac(seed, [.. one, 2]), two);
        Assert.Equal(PlainHmac(seed, [.. two, 3]), three);
    }

    private static byte[] PlainHmac(byte[] key, byte[] input)
    {
        byte[] padded = [.. key, .. new byte[64 - key.Length]], inner = new byte[32], outer = new byte[32];
        Blake2s.Hash([.. padded.Select(b => (byte)(b ^ 0x36)), .. input], [], inner);
        Blake2s.Hash([.. padded.Select(b => (byte)(b ^ 0x5C)), .. inner], [], outer);
        return outer;
    }
}
