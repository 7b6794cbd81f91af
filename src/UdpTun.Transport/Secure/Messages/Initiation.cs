using System.Buffers.Binary;
using UdpTun.Transport.Secure.Cookies;
using UdpTun.Transport.Secure.Noise;
using UdpTun.Transport.Secure.Primitives;

namespace UdpTun.Transport.Secure.Messages;

/// <summary>Message 1 (WireGuard paper, section 5.4.2): type, sender's index, Noise's first message with the time stamp, macs.</summary>
internal static class Initiation
{
    /// <summary>Every WireGuard end mixes this in before anything else.</summary>
    public static ReadOnlySpan<byte> Prologue => "WireGuard v1 zx2c4 Jason@zx2c4.com"u8;

    /// <summary>Writes the whole message. False when the responder's key is of low order.</summary>
    /// <param name="noise">Started with <see cref="Prologue"/>.</param>
    /// <param name="staticStatic">The agreement of both static keys.</param>
    /// <param name="sender">The index by which the answer finds us.</param>
    /// <param name="wallClock">Goes into the time stamp.</param>
    /// <param name="mark">What stands in the stamp's bits that tell no time.</param>
    /// <param name="cookies">Writes the macs.</param>
    /// <param name="now">Monotonic time, for the cookie's age.</param>
    /// <param name="message">148 bytes.</param>
    public static bool TryWrite(NoiseInitiator noise, ReadOnlySpan<byte> staticStatic, uint sender, DateTimeOffset wallClock, uint mark,
        CookieJar cookies, TimeSpan now, Span<byte> message)
    {
        Span<byte> stamp = stackalloc byte[Tai64N.Bytes];
        Tai64N.Write(wallClock, stamp, mark);
        BinaryPrimitives.WriteUInt32LittleEndian(message, (uint)MessageType.Initiation);
        BinaryPrimitives.WriteUInt32LittleEndian(message[MessageLayout.InitiationSenderOffset..], sender);
        if (!noise.TryWriteFirst(staticStatic, stamp, message[MessageLayout.InitiationNoiseOffset..^MessageLayout.MacsBytes])) return false;
        cookies.Sign(message, now);
        return true;
    }

    public static uint Sender(ReadOnlySpan<byte> message) =>
        BinaryPrimitives.ReadUInt32LittleEndian(message[MessageLayout.InitiationSenderOffset..]);

    /// <summary>What <see cref="NoiseResponder"/> reads.</summary>
    public static ReadOnlySpan<byte> NoisePart(ReadOnlySpan<byte> message) =>
        message[MessageLayout.InitiationNoiseOffset..^MessageLayout.MacsBytes];
}
