using UdpTun.Net.Flows;
using UdpTun.Transport.Secure.Keys;
using UdpTun.Transport.Secure.Noise;

namespace UdpTun.Transport.Secure.Handshakes;

/// <summary>
/// A handshake message on its way to the peer that it names; who really sent it is not known yet. Disposed by whoever has it last.
/// </summary>
/// <param name="Peer">Whose message it says it is.</param>
/// <param name="Bytes">The datagram.</param>
/// <param name="From">Where it came from.</param>
public sealed record PeerMessage(PublicKey Peer, byte[] Bytes, InetEndpoint From) : IDisposable
{
    /// <summary>The shard whose socket it came to, which alone knows the address of ours that it was sent to.</summary>
    public int Shard { get; init; }

    /// <summary>An initiation as far as it has been read; null of other messages.</summary>
    internal NoiseResponder? Opened { get; init; }

    public void Dispose() => Opened?.Dispose();
}
