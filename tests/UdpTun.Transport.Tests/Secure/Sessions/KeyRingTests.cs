using CsCheck;
using UdpTun.Transport.Secure.PacketCiphers;
using UdpTun.Transport.Secure.Sessions;

namespace UdpTun.Transport.Tests.Secure.Sessions;

public sealed class KeyRingTests
{
    /// <summary>
    /// Against a plain model: whatever comes, at most three pairs live, each retired exactly once, a pair that we began seals at once, and one
    /// that the other end began seals only when it has been confirmed.
    /// </summary>
    [Fact]
    public void Pairs_should_rotate_as_the_specification_says() => Gen.Int[0, 3].Array[1, 60].Sample(steps =>
    {
        var (ring, retired, made) = (new KeyRing(), new List<KeyPair>(), new List<KeyPair>());
        KeyPair? sealing = null, unconfirmed = null;
        foreach (var step in steps)
        {
            if (step <= 1)
            {
                var pair = new KeyPair(new byte[32], new byte[32], 1, CipherSuite.ChaCha20Poly1305) { LocalIndex = (uint)made.Count, IsInitiator = step == 0 };
                made.Add(pair);
                ring.Install(pair, retired.Add);
                (sealing, unconfirmed) = step == 0 ? (pair, null) : (sealing, pair);
            }
            else if (step == 2)
            {
                if (unconfirmed is not null)
                {
                    Assert.True(ring.Confirm(unconfirmed, retired.Add));
                    (sealing, unconfirmed) = (unconfirmed, null);
                }
            }
            else if (ring.Previous is { } previous)
            {
                Assert.False(ring.Confirm(previous, retired.Add));
            }

            KeyPair?[] held = [ring.Previous, ring.Current, ring.Next];
            var living = held.OfType<KeyPair>().ToList();
            Assert.Same(sealing, ring.Current);
            Assert.Same(unconfirmed, ring.Next);
            Assert.Equal(living.Count, living.Distinct().Count());
            Assert.Equal(retired.Count, retired.Distinct().Count());
            Assert.Equal(made.Count, living.Count + retired.Count);
            Assert.Empty(living.Intersect(retired));
        }

        ring.Clear(retired.Add);
        Assert.Equal(made.Count, retired.Distinct().Count());
        made.ForEach(pair => pair.Dispose());
    }, iter: 300, threads: 1);
}
