using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Transport.Tests.Secure.Keys;

public sealed class KeyTests
{
    // RFC 7748 section 6.1.
    private const string Private = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
    private const string Public = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";

    [Fact]
    public void Public_key_should_follow_from_the_private_one()
    {
        using var secret = new SecretKey(Convert.FromHexString(Private));
        Assert.Equal(Public, Convert.ToHexStringLower(secret.ToPublic().Span));
    }

    [Fact]
    public void Key_should_read_what_it_writes_and_nothing_else()
    {
        var text = new PublicKey(Convert.FromHexString(Public)).ToString();
        Assert.True(PublicKey.TryParse(text, out var key));
        Assert.Equal(text, key.ToString());
        Assert.Equal(new PublicKey(Convert.FromHexString(Public)), key);
        foreach (var wrong in new[] { "", text[..43], text + "=", " " + text[1..], text[..42] + "p=", text.Replace('h', '!') })
        {
            Assert.False(PublicKey.TryParse(wrong, out _), wrong);
            Assert.False(SecretKey.TryParse(wrong, out _), wrong);
        }
    }

    [Fact]
    public void Secret_key_should_be_clamped_hidden_and_wiped()
    {
        var secret = SecretKey.GeneratePrivate();
        Assert.Equal(0, secret.Span[0] & 7);
        Assert.Equal(64, secret.Span[31] & 192);
        Assert.Equal("(hidden)", $"{secret}");
        Assert.True(SecretKey.TryParse(secret.Reveal(), out var again));
        Assert.True(again.Span.SequenceEqual(secret.Span));
        secret.Dispose();
        Assert.True(secret.Span.IndexOfAnyExcept((byte)0) < 0);
    }
}
