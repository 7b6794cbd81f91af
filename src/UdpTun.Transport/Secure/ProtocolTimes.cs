namespace UdpTun.Transport.Secure;

/// <summary>
/// The protocol's constants (WireGuard paper, section 6.1). Both ends have the same ones by default; shorter ones are for tests, which
/// cannot wait two minutes for new keys.
/// </summary>
public sealed record ProtocolTimes
{
    public static readonly ProtocolTimes Standard = new();

    /// <summary>Whoever began the handshake begins another when its keys are this old and still used.</summary>
    public TimeSpan RekeyAfter { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Keys this old are not used any more.</summary>
    public TimeSpan RejectAfter { get; init; } = TimeSpan.FromSeconds(180);

    /// <summary>A handshake that has not succeeded for so long is given up.</summary>
    public TimeSpan RekeyAttempt { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>An unanswered initiation is followed by another after this time; never by one sooner.</summary>
    public TimeSpan RekeyTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Added at random to that, so that two ends do not call at the same time again and again.</summary>
    public TimeSpan Jitter { get; init; } = TimeSpan.FromMilliseconds(333);

    /// <summary>Who has received and has nothing to say says that much after this time.</summary>
    public TimeSpan Keepalive { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>New keys are asked for after so many datagrams.</summary>
    public ulong RekeyAfterMessages { get; init; } = 1UL << 60;

    /// <summary>Sent something, and heard nothing for so long: the other end may have lost its keys.</summary>
    public TimeSpan Silence => Keepalive + RekeyTimeout;

    /// <summary>Whoever began the handshake and receives under keys of this age asks for new ones before the old end.</summary>
    public TimeSpan RekeyOnReceive => RejectAfter - Keepalive - RekeyTimeout;

    /// <summary>Unused secrets are wiped after so long without a new handshake.</summary>
    public TimeSpan Wipe => 3 * RejectAfter;
}
