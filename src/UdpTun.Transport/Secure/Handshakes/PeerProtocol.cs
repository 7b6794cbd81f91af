using System.Security.Cryptography;
using UdpTun.Net.Counters;
using UdpTun.Transport.Secure.Commands;
using UdpTun.Transport.Secure.Cookies;
using UdpTun.Transport.Secure.Keys;
using UdpTun.Transport.Secure.Messages;
using UdpTun.Transport.Secure.Noise;
using UdpTun.Transport.Secure.PacketCiphers;
using UdpTun.Transport.Secure.Primitives;
using UdpTun.Transport.Secure.Sessions;

namespace UdpTun.Transport.Secure.Handshakes;

/// <summary>
/// The control half for one peer: makes handshakes as either end, and runs the specification's timers from the session's stamps. Pure: time
/// and chance are passed in, and what is to be done comes out as <see cref="SecureCommand"/>s. One thread at a time, off the packet loop.
/// </summary>
/// <param name="identity">This end.</param>
/// <param name="session">The peer.</param>
/// <param name="presharedKey">Shared with the peer, or null; at first.</param>
/// <param name="times">The protocol's.</param>
/// <param name="indices">Shared with the packet half.</param>
/// <param name="chance">For the pauses; 0 to 1.</param>
public sealed class PeerProtocol(
    LocalIdentity identity, PeerSession session, SecretKey? presharedKey, ProtocolTimes times, SessionIndices indices, Func<double> chance) : IDisposable
{
    private static readonly TimeSpan LeastBetweenInitiations = TimeSpan.FromMilliseconds(20); // of one peer; a flood costs it no more than that
    private static readonly TimeSpan LeastBetweenOwn = LeastBetweenInitiations + TimeSpan.FromMilliseconds(5); // the way may bring them closer together
    private static readonly byte[] NoPresharedKey = new byte[SecretKey.Bytes];

    private readonly CookieJar _cookies = new(new MacKeys(session.Key.Span));
    private readonly byte[] _staticStatic = new byte[X25519Key.Bytes];
    private bool _hasStaticStatic;
    private OutgoingHandshake? _outgoing;
    private TimeSpan? _callingSince, _lastSent, _lastInitiation, _establishedAt, _gaveUpAt;
    private (TimeSpan At, bool IsInitiator)? _keys;
    private KeyPair? _pair;

    public PeerSession Session => session;

    /// <summary>Initiations sent since the last success.</summary>
    public int Attempts { get; private set; }

    /// <summary>When the last handshake succeeded; null: none has.</summary>
    public TimeSpan? EstablishedAt => _establishedAt;

    /// <summary>What stands in the way of a session, as far as this end can tell.</summary>
    public HandshakeFailure Failure { get; private set; }

    /// <summary>The longest silence towards the peer; null: as long as it gets.</summary>
    public TimeSpan? PersistentKeepalive { get; set; }

    /// <summary>Whether there is to be a session at all times, and no call is the last.</summary>
    public bool KeepsCalling { get; init; }

    /// <summary>Whether AES-256-GCM is offered, and taken when the peer offers it.</summary>
    public bool AllowsAes { get; init; }

    public bool IsCalling => _callingSince is not null;

    /// <summary>What the newest keys encrypt packets by; null: there are none.</summary>
    public CipherSuite? Suite => _pair?.Suite;

    /// <summary>When <see cref="Tick"/> has something to do at the soonest; null: not before something else happens.</summary>
    public TimeSpan? NextTick(TimeSpan now)
    {
        if (_outgoing is { } outgoing) return Earlier(outgoing.RetryAt, now + TimeSpan.FromSeconds(1));
        return _keys is not null || PersistentKeepalive is not null || KeepsCalling ? now + TimeSpan.FromSeconds(1) : null;
    }

    /// <summary>Whether there are keys that may still be used, as far as the control half knows.</summary>
    public bool HasKeys(TimeSpan now) => _keys is { } keys && now - keys.At < times.RejectAfter && _establishedAt is not null;

    /// <summary>Goes on from what the packet half has: the control half has failed and been built anew, and the session has not.</summary>
    public void Resume()
    {
        if (session.Newest is not { } pair) return;
        (_pair, _keys) = (pair, (pair.CreatedAt, pair.IsInitiator));
        _establishedAt = pair.IsInitiator ? pair.CreatedAt : session.Stamps.Confirmed;
    }

    /// <summary>Somebody has looked why nobody answers.</summary>
    public void Explain(HandshakeFailure found)
    {
        if (Failure.IsSilence()) Failure = found;
    }

    /// <summary>Packets wait, or a session is wished for in advance.</summary>
    public void Want(TimeSpan now, ICollection<SecureCommand> commands)
    {
        if (_outgoing is null) Call(now, commands);
    }

    /// <summary>
    /// Another preshared key, or none, from now on. What was agreed on under the former one ends with it, and where there was such a session new
    /// keys are asked for at once: the peer does not know that the old ones have gone. The same key changes nothing.
    /// </summary>
    public void Use(SecretKey? other, TimeSpan now, ICollection<SecureCommand> commands)
    {
        if (SecretKey.AreSame(presharedKey, other)) return;
        presharedKey = other;
        var isWanted = _keys is not null || IsCalling;
        Failure = HandshakeFailure.None;
        Wipe(commands);
        if (isWanted && session.Endpoint is not null) CallAgain(now, commands);
    }

    /// <summary>
    /// Begins anew at once: the peer is to be found elsewhere. Attempts are counted on, so that the caller sees them all fail.
    /// </summary>
    public void CallAgain(TimeSpan now, ICollection<SecureCommand> commands)
    {
        // The peer would ignore a second initiation so soon, and its answer to the first would be none any more: RekeyTimeout would be lost.
        if (_outgoing is { } outgoing && now - outgoing.SentAt < LeastBetweenOwn)
        {
            outgoing.Hurry(outgoing.SentAt + LeastBetweenOwn);
            return;
        }

        Abandon();
        SendInitiation(now, commands);
    }

    /// <summary>Takes a message that the gate let through; disposes it.</summary>
    /// <returns>Why it had no effect, or None.</returns>
    public DropReason Receive(PeerMessage message, TimeSpan now, ICollection<SecureCommand> commands)
    {
        using (message)
        {
            if (message.Opened is { } noise) return OnInitiation(noise, message, now, commands);
            if (MessageTypes.Of(message.Bytes) == MessageType.Response) return OnResponse(message, now, commands);
            return _cookies.TryTake(message.Bytes, now) ? DropReason.None : DropReason.NotAuthentic; // signs the next initiation
        }
    }

    /// <summary>Runs the timers.</summary>
    public void Tick(TimeSpan now, ICollection<SecureCommand> commands)
    {
        var stamps = session.Stamps;
        // As responder we know of the success only from the peer's first datagram; it may be the answer to its call while ours is under way.
        if (_keys is (_, false) && stamps.Confirmed is { } confirmed && !(confirmed <= _establishedAt) && !(confirmed <= _callingSince)) Succeed(confirmed);
        if (_outgoing is not null) Retry(now, commands);
        else if (NeedsKeys(now, stamps)) Call(now, commands);

        if (_keys is { } keys && now - keys.At >= times.Wipe) Wipe(commands);
        else if (NeedsKeepalive(now, stamps)) commands.Add(new SecureCommand.SendKeepalive(session));
    }

    /// <summary>Ends what is under way and wipes the keys; the peer is gone.</summary>
    public void Dispose()
    {
        Abandon();
        CryptographicOperations.ZeroMemory(_staticStatic);
    }

    private bool NeedsKeys(TimeSpan now, SessionStamps stamps)
    {
        // Given up once, it takes another packet to try again.
        if (stamps.UnansweredSince is { } unanswered && now - unanswered >= times.Silence && !(stamps.DataSent <= _gaveUpAt)) return true;
        if (KeepsCalling && session.Endpoint is not null && !HasKeys(now)) return true;
        if (_keys is not (var at, true)) return false; // the initiator sees to new keys
        return stamps.Sent - at >= times.RekeyAfter || stamps.Received - at >= times.RekeyOnReceive || _pair?.WantsSuccessor(times.RekeyAfterMessages) == true;
    }

    private bool NeedsKeepalive(TimeSpan now, SessionStamps stamps)
    {
        if (_keys is not null && stamps.UnacknowledgedSince is { } since && now - since >= times.Keepalive) return true;
        if (PersistentKeepalive is not { } interval || IsCalling || session.Endpoint is null) return false;
        var last = stamps.Sent > stamps.Received ? stamps.Sent : stamps.Received ?? stamps.Sent;
        return last is null || now - last >= interval;
    }

    private void Call(TimeSpan now, ICollection<SecureCommand> commands)
    {
        if (session.Endpoint is null)
        {
            Failure = HandshakeFailure.NoEndpoint;
            commands.Add(new SecureCommand.DropStaged(session));
            return;
        }

        if (now - _lastSent < times.RekeyTimeout) return; // the specification's pause; the next tick or packet asks again
        _callingSince ??= now;
        SendInitiation(now, commands);
    }

    private void Retry(TimeSpan now, ICollection<SecureCommand> commands)
    {
        if (now < _outgoing!.RetryAt) return;
        if (Failure != HandshakeFailure.PresharedKey && !Failure.IsSilence() && !_outgoing.IsHurried) Failure = HandshakeFailure.NoAnswer;
        var since = _callingSince ?? now;
        Abandon();
        if (now - since < times.RekeyAttempt)
        {
            SendInitiation(now, commands);
            return;
        }

        (_callingSince, _gaveUpAt) = (null, now);
        commands.Add(new SecureCommand.DropStaged(session));
    }

    private void SendInitiation(TimeSpan now, ICollection<SecureCommand> commands)
    {
        _callingSince ??= now;
        var index = indices.Take(session.Key, session.Home);
        var noise = new NoiseInitiator(identity.Static, X25519Key.Generate(), session.Key.Span.ToArray(), Initiation.Prologue);
        var message = new byte[MessageLayout.InitiationBytes];
        var mark = CipherAgreement.Mark(AllowsAes);
        if (!TryStaticStatic() || !Initiation.TryWrite(noise, _staticStatic, index, identity.NextStamp(session), mark, _cookies, now, message))
        {
            noise.Dispose();
            indices.GiveBack(index);
            (Failure, _callingSince) = (HandshakeFailure.WeakKey, null);
            commands.Add(new SecureCommand.DropStaged(session));
            return;
        }

        Attempts++;
        _lastSent = now;
        _outgoing = new OutgoingHandshake(noise, index, now, now + times.RekeyTimeout + (times.Jitter * chance()));
        commands.Add(new SecureCommand.SendHandshake(session, message, null));
    }

    private DropReason OnInitiation(NoiseResponder noise, PeerMessage message, TimeSpan now, ICollection<SecureCommand> commands)
    {
        Span<byte> stamp = stackalloc byte[Tai64N.Bytes];
        if (now - _lastInitiation < LeastBetweenInitiations) return DropReason.TooManyHandshakes;
        if (!TryStaticStatic() || !noise.TryReadPayload(Initiation.NoisePart(message.Bytes), _staticStatic, stamp)) return DropReason.NotAuthentic;
        if (!Tai64N.IsLater(stamp, session.GreatestStamp))
        {
            if (_keys is null) Failure = HandshakeFailure.Clock;
            return DropReason.Replayed;
        }

        var index = indices.Take(session.Key, session.Home);
        var answer = new byte[MessageLayout.ResponseBytes];
        var suite = AllowsAes && CipherAgreement.IsOffered(stamp) ? CipherSuite.Aes256Gcm : CipherSuite.ChaCha20Poly1305;
        using var ephemeral = X25519Key.Generate();
        var remote = Initiation.Sender(message.Bytes);
        if (!Response.TryWrite(noise, ephemeral, PresharedKey, CipherAgreement.LabelOf(suite), index, remote, _cookies, now, answer))
        {
            indices.GiveBack(index);
            Failure = HandshakeFailure.WeakKey;
            return DropReason.NotAuthentic;
        }

        stamp.CopyTo(session.GreatestStamp);
        _lastInitiation = now;
        Span<byte> sending = stackalloc byte[SecretKey.Bytes];
        Span<byte> receiving = stackalloc byte[SecretKey.Bytes];
        noise.Split(sending, receiving);
        var pair = MakePair(sending, receiving, remote, index, suite, isInitiator: false, now);
        commands.Add(new SecureCommand.UseKeys(session, pair, message.From));
        commands.Add(new SecureCommand.SendHandshake(session, answer, message.From) { Shard = message.Shard });
        return DropReason.None;
    }

    private DropReason OnResponse(PeerMessage message, TimeSpan now, ICollection<SecureCommand> commands)
    {
        if (_outgoing is not { } outgoing || Response.Receiver(message.Bytes) != outgoing.Index) return DropReason.NotAuthentic;
        var offered = AllowsAes ? CipherSuite.Aes256Gcm : CipherSuite.ChaCha20Poly1305;
        if (!outgoing.Noise.TryReadSecond(Response.NoisePart(message.Bytes), PresharedKey, [], CipherAgreement.LabelOf(offered), out var isTaken))
        {
            Failure = HandshakeFailure.PresharedKey;
            return DropReason.NotAuthentic;
        }

        Span<byte> sending = stackalloc byte[SecretKey.Bytes];
        Span<byte> receiving = stackalloc byte[SecretKey.Bytes];
        outgoing.Noise.Split(sending, receiving);
        // The handshake's number lives on as that of its keys.
        var suite = isTaken ? offered : CipherSuite.ChaCha20Poly1305;
        var pair = MakePair(sending, receiving, Response.Sender(message.Bytes), outgoing.Index, suite, isInitiator: true, now);
        outgoing.Dispose();
        _outgoing = null;
        Succeed(now);
        commands.Add(new SecureCommand.UseKeys(session, pair, message.From));
        return DropReason.None;
    }

    private KeyPair MakePair(Span<byte> sending, Span<byte> receiving, uint remote, uint local, CipherSuite suite, bool isInitiator, TimeSpan now)
    {
        var pair = new KeyPair(sending, receiving, remote, suite) { LocalIndex = local, IsInitiator = isInitiator, CreatedAt = now };
        CryptographicOperations.ZeroMemory(sending);
        CryptographicOperations.ZeroMemory(receiving);
        (_keys, _pair) = ((now, isInitiator), pair);
        return pair;
    }

    private void Succeed(TimeSpan at)
    {
        Abandon();
        (_callingSince, Attempts, Failure, _establishedAt) = (null, 0, HandshakeFailure.None, at);
    }

    private void Abandon()
    {
        if (_outgoing is null) return;
        indices.GiveBack(_outgoing.Index);
        _outgoing.Dispose();
        _outgoing = null;
    }

    private void Wipe(ICollection<SecureCommand> commands)
    {
        (_keys, _pair) = (null, null);
        commands.Add(new SecureCommand.WipeKeys(session));
    }

    private ReadOnlySpan<byte> PresharedKey => presharedKey is null ? NoPresharedKey : presharedKey.Span;

    private bool TryStaticStatic() =>
        _hasStaticStatic = _hasStaticStatic || identity.Static.TryAgree(session.Key.Span, _staticStatic);

    private static TimeSpan Earlier(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
