using UdpTun.Transport.Secure.Noise;

namespace UdpTun.Transport.Secure.Handshakes;

/// <summary>An initiation that has not been answered yet.</summary>
internal sealed class OutgoingHandshake(NoiseInitiator noise, uint index, TimeSpan sentAt, TimeSpan retryAt) : IDisposable
{
    public NoiseInitiator Noise { get; } = noise;

    /// <summary>Ours; the answer names it.</summary>
    public uint Index { get; } = index;

    public TimeSpan SentAt { get; } = sentAt;

    /// <summary>When another initiation follows.</summary>
    public TimeSpan RetryAt { get; private set; } = retryAt;

    /// <summary>Whether another initiation is wanted before it could be told that this one is not answered.</summary>
    public bool IsHurried { get; private set; }

    /// <summary>Lets another initiation follow sooner.</summary>
    public void Hurry(TimeSpan to) => (RetryAt, IsHurried) = (to, true);

    public void Dispose() => Noise.Dispose();
}
