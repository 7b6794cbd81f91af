using System.Buffers.Binary;
using UdpTun.Transport.Secure.Handshakes;
using UdpTun.Transport.Secure.Keys;
using UdpTun.Transport.Secure.Messages;

namespace UdpTun.Transport.Tests.Secure.Handshakes;

public sealed class SessionIndicesTests
{
    private static readonly PublicKey Peer = SecretKey.GeneratePrivate().ToPublic();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(16)]
    public void Number_should_carry_the_shard_as_the_kernel_will_read_it(int shards)
    {
        var indices = new SessionIndices(shards);
        var steering = ReceiverSteering.Of(shards);
        for (var home = 0; home < shards; home++)
        {
            for (var i = 0; i < 50; i++)
            {
                var index = indices.Take(Peer, home);
                Assert.Equal(home, indices.HomeOf(index));
                foreach (var (type, length, offset) in new[] { (4, 32, 4), (2, 92, 8), (3, 64, 4) })
                {
                    var datagram = new byte[length];
                    datagram[0] = (byte)type;
                    BinaryPrimitives.WriteUInt32LittleEndian(datagram.AsSpan(offset), index);
                    Assert.Equal(home, steering.HomeOf(datagram));
                }
            }
        }

        Assert.Equal(50 * shards, indices.Count);
    }

    [Fact]
    public void Numbers_should_be_spread_over_all_that_a_shard_has()
    {
        var indices = new SessionIndices(3);
        var lowest = Enumerable.Range(0, 3000).Select(_ => (byte)indices.Take(Peer, 1)).Distinct().ToList();
        Assert.Equal(Enumerable.Range(0, 256).Where(value => value % 3 == 1), lowest.Order().Select(value => (int)value));
    }

    [Fact]
    public void Initiation_and_what_is_too_short_should_be_nobodys()
    {
        var steering = ReceiverSteering.Of(2);
        Assert.Null(steering.HomeOf([1, 0, 0, 0, .. new byte[144]]));
        Assert.Null(steering.HomeOf([4, 0, 0, 0, .. new byte[27]]));
        Assert.Null(steering.HomeOf([4, 0, 0]));
        Assert.Null(steering.HomeOf([4, 0, 0, 1, .. new byte[144]]));
    }
}
