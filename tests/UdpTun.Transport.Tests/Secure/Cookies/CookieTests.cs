using UdpTun.Transport.Secure.Cookies;
using UdpTun.Transport.Secure.Messages;

namespace UdpTun.Transport.Tests.Secure.Cookies;

public sealed class CookieTests
{
    private static readonly byte[] Source = [192, 0, 2, 1, 0x30, 0x39], OtherPort = [192, 0, 2, 1, 0x30, 0x40];
    private readonly MacKeys _keys = new("the responder's public key......"u8);
    private readonly Random _random = new(5);
    private readonly CookieGuard _guard;
    private readonly CookieJar _jar;
    private readonly byte[] _message = new byte[MessageLayout.InitiationBytes], _reply = new byte[MessageLayout.CookieReplyBytes];

    public CookieTests()
    {
        _guard = new CookieGuard(_keys, _random.NextBytes);
        _jar = new CookieJar(_keys);
        _random.NextBytes(_message);
        _jar.Sign(_message, At(0));
    }

    [Fact]
    public void Sign_should_write_a_mac1_that_holds_and_a_mac2_of_zeros_when_there_is_no_cookie()
    {
        Assert.True(_keys.HasMac1(_message));
        Assert.Equal(new byte[16], _message[^16..]);
        Assert.False(_guard.HasMac2(_message, Source, At(0)));
        _message[20] ^= 1;
        Assert.False(_keys.HasMac1(_message));
        Assert.False(new MacKeys("somebody else's public key......"u8).HasMac1(_message));
    }

    [Fact]
    public void Guard_should_accept_a_message_signed_with_its_cookie_from_that_source_only()
    {
        GiveCookie(At(1));
        _jar.Sign(_message, At(2));

        Assert.True(_guard.HasMac2(_message, Source, At(2)));
        Assert.False(_guard.HasMac2(_message, OtherPort, At(2)));
        _message[^1] ^= 1;
        Assert.False(_guard.HasMac2(_message, Source, At(2)));
    }

    [Fact]
    public void Guard_should_forget_its_secret_after_two_minutes()
    {
        GiveCookie(At(1));
        _jar.Sign(_message, At(120));

        Assert.True(_guard.HasMac2(_message, Source, At(120)));
        Assert.False(_guard.HasMac2(_message, Source, At(121)));
    }

    [Fact]
    public void Guard_should_draw_another_secret_when_the_last_is_old()
    {
        GiveCookie(At(1));
        _jar.Sign(_message, At(100));
        _guard.WriteReply(_message, 7, Source, At(121), _reply);
        Assert.False(_guard.HasMac2(_message, Source, At(121)));
    }

    [Fact]
    public void Jar_should_stop_using_a_cookie_after_two_minutes()
    {
        GiveCookie(At(1));
        _jar.Sign(_message, At(121));
        Assert.Equal(new byte[16], _message[^16..]);
    }

    [Fact]
    public void Jar_should_refuse_a_reply_when_a_byte_changed_or_it_answers_another_message()
    {
        _guard.WriteReply(_message, 7, Source, At(1), _reply);
        Assert.Equal(7u, CookieReply.Receiver(_reply));
        for (var i = MessageLayout.CookieNonceOffset; i < _reply.Length; i++)
        {
            var changed = (byte[])_reply.Clone();
            changed[i] ^= 1;
            Assert.False(_jar.TryTake(changed, At(1)), $"byte {i}");
        }
        _message[10] ^= 1;
        _jar.Sign(_message, At(1));
        Assert.False(_jar.TryTake(_reply, At(1)));
    }

    [Fact]
    public void Jar_should_take_an_answer_once()
    {
        GiveCookie(At(1));
        Assert.False(_jar.TryTake(_reply, At(1)));
    }

    private void GiveCookie(TimeSpan now)
    {
        _guard.WriteReply(_message, 7, Source, now, _reply);
        Assert.True(_jar.TryTake(_reply, now));
    }

    private static TimeSpan At(int seconds) => TimeSpan.FromSeconds(seconds);
}
