using System.Security.Cryptography;
using UdpTun.Net.Flows;
using UdpTun.Transport.Secure.Commands;
using UdpTun.Transport.Secure.Cookies;
using UdpTun.Transport.Secure.Keys;
using UdpTun.Transport.Secure.Messages;
using UdpTun.Transport.Secure.Noise;

namespace UdpTun.Transport.Secure.Handshakes;

/// <summary>
/// The first look at handshake messages whose first mac is right: under load, whoever cannot show a cookie of ours gets one and nothing
/// else; then an initiation is opened as far as its sender's name. One thread at a time; no message makes it throw.
/// </summary>
/// <param name="identity">This end.</param>
/// <param name="indices">Tells whose an answer is.</param>
public sealed class HandshakeGate(LocalIdentity identity, SessionIndices indices)
{
    /// <summary>Messages waiting from which on we are under load: an eighth of what may wait.</summary>
    public const int LoadedAt = 128;

    /// <summary>Under load for this long after it was last seen.</summary>
    private static readonly TimeSpan LoadLasts = TimeSpan.FromSeconds(1);

    private const int SourceBytes = 18; // address and port

    private readonly CookieGuard _cookies = new(identity.Macs, bytes => RandomNumberGenerator.Fill(bytes));
    private readonly SourceLimits _limits = new();
    private TimeSpan? _loadedAt;

    /// <summary>Says how many messages wait; many put us under load for a second.</summary>
    public void SeeLoad(int waiting, TimeSpan now)
    {
        if (waiting >= LoadedAt) _loadedAt = now;
    }

    /// <summary>Looks at one message.</summary>
    /// <param name="message">What <see cref="IHandshakeInbox.TryAdd"/> was given.</param>
    /// <param name="from">Where it came from.</param>
    /// <param name="now">Monotonic time.</param>
    /// <param name="answer">A cookie to be sent, or null.</param>
    /// <returns>The message for a peer to go on with; null when it ends here.</returns>
    public PeerMessage? Look(byte[] message, InetEndpoint from, TimeSpan now, out SecureCommand.Answer? answer)
    {
        answer = null;
        var type = MessageTypes.Of(message);
        if (type is MessageType.Initiation or MessageType.Response && IsLoaded(now) && !MayPass(message, type, from, now, out answer)) return null;
        return type switch
        {
            MessageType.Initiation => Open(message, from),
            MessageType.Response => ForOwner(Response.Receiver(message), message, from),
            MessageType.CookieReply => ForOwner(CookieReply.Receiver(message), message, from),
            _ => null,
        };
    }

    private bool IsLoaded(TimeSpan now) => now - _loadedAt < LoadLasts;

    private bool MayPass(byte[] message, MessageType type, InetEndpoint from, TimeSpan now, out SecureCommand.Answer? answer)
    {
        answer = null;
        Span<byte> source = stackalloc byte[SourceBytes];
        from.Address.WriteMappedTo(source);
        BitConverter.TryWriteBytes(source[16..], from.Port);
        if (_cookies.HasMac2(message, source, now)) return _limits.TryTake(from.Address, now);
        var reply = new byte[MessageLayout.CookieReplyBytes];
        var sender = type == MessageType.Initiation ? Initiation.Sender(message) : Response.Sender(message);
        _cookies.WriteReply(message, sender, source, now, reply);
        answer = new SecureCommand.Answer(reply, from);
        return false;
    }

    private PeerMessage? Open(byte[] message, InetEndpoint from)
    {
        var noise = new NoiseResponder(identity.Static, Initiation.Prologue);
        if (noise.TryReadInitiator(Initiation.NoisePart(message)))
            return new PeerMessage(new PublicKey(noise.Initiator), message, from) { Opened = noise };
        noise.Dispose();
        return null;
    }

    private PeerMessage? ForOwner(uint index, byte[] message, InetEndpoint from) =>
        indices.OwnerOf(index) is { } owner ? new PeerMessage(owner, message, from) : null;
}
