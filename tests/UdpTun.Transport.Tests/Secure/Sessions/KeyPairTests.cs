using System.Buffers.Binary;
using CsCheck;
using UdpTun.Testing.Memory;
using UdpTun.Transport.Secure.Messages;
using UdpTun.Transport.Secure.PacketCiphers;
using UdpTun.Transport.Secure.Sessions;

namespace UdpTun.Transport.Tests.Secure.Sessions;

public abstract class KeyPairTests(CipherSuite suite) : IDisposable
{
    private const int Mtu = 1420;
    private static readonly byte[] Here = [.. Enumerable.Repeat((byte)1, 32)], There = [.. Enumerable.Repeat((byte)2, 32)];
    private readonly KeyPair _ours = new(Here, There, remoteIndex: 0x01020304, suite), _theirs = new(There, Here, remoteIndex: 5, suite);

    [Theory]
    [InlineData(0, 32)]
    [InlineData(1, 48)]
    [InlineData(16, 48)]
    [InlineData(17, 64)]
    [InlineData(1417, 1452)]
    [InlineData(1420, 1452)]
    [InlineData(1500, 1532)]
    public void Datagram_should_be_padded_to_16_but_never_beyond_the_MTU(int packetBytes, int datagramBytes) =>
        Assert.Equal(datagramBytes, KeyPair.DatagramBytes(packetBytes, Mtu));

    [Fact]
    public void Open_should_give_what_was_sealed_with_zeros_behind() => Gen.Byte.Array[0, Mtu].Sample(packet =>
    {
        var counter = _ours.Sent;
        var datagram = Seal(packet);

        Assert.Equal(MessageType.Data, MessageTypes.Of(datagram));
        Assert.Equal(0x01020304u, BinaryPrimitives.ReadUInt32LittleEndian(datagram.AsSpan(4)));
        Assert.Equal(counter, BinaryPrimitives.ReadUInt64LittleEndian(datagram.AsSpan(8)));
        Assert.True(_theirs.TryOpen(datagram));
        var opened = datagram[16..^16];
        Assert.Equal(packet, opened[..packet.Length]);
        Assert.All(opened[packet.Length..], padding => Assert.Equal(0, padding));
    }, iter: 200, threads: 1);

    [Fact]
    public void Open_should_refuse_a_repeated_datagram()
    {
        var datagram = Seal([1, 2, 3]);
        Assert.True(_theirs.TryOpen((byte[])datagram.Clone()));
        Assert.False(_theirs.TryOpen(datagram));
    }

    [Fact]
    public void Forged_datagram_should_not_move_the_replay_window()
    {
        var late = Seal([1, 2, 3]);
        var forged = (byte[])late.Clone();
        BinaryPrimitives.WriteUInt64LittleEndian(forged.AsSpan(8), 1_000_000);
        Assert.False(_theirs.TryOpen(forged));
        Assert.True(_theirs.TryOpen(late));
    }

    [Fact]
    public void Open_should_refuse_a_counter_beyond_the_last()
    {
        var datagram = Seal([]);
        BinaryPrimitives.WriteUInt64LittleEndian(datagram.AsSpan(8), ulong.MaxValue);
        Assert.False(_theirs.TryOpen(datagram));
    }

    [Fact]
    public void Open_should_refuse_any_bytes() => Gen.Byte.Array[32, 200].Sample(bytes => !_theirs.TryOpen(bytes), iter: 2000, threads: 1);

    [Fact]
    public void Pair_should_allocate_nothing_per_packet()
    {
        byte[] padded = new byte[1408], datagram = new byte[KeyPair.DatagramBytes(1400, Mtu)];
        Assert.Equal(0, AllocationProbe.BytesOf(() =>
        {
            if (!_ours.TrySeal(padded, datagram) || !_theirs.TryOpen(datagram)) Assert.Fail("what was sealed does not open");
        }));
    }

    [Fact]
    public void Pair_should_want_a_successor_at_half_its_blocks_and_seal_nothing_beyond_them()
    {
        Assert.False(_ours.WantsSuccessor(ulong.MaxValue));
        _ours.SealedBlocks = 1UL << 33;
        Assert.Equal(suite == CipherSuite.Aes256Gcm, _ours.WantsSuccessor(ulong.MaxValue));
        _ours.SealedBlocks = (1UL << 34) - 1;
        Assert.True(_ours.TrySeal(new byte[16], new byte[48]));
        Assert.Equal((1UL << 34) + 2, _ours.SealedBlocks); // the packet's one and two for the tag
        Assert.Equal(suite == CipherSuite.Aes256Gcm, _ours.IsUsedUp);
        Assert.NotEqual(_ours.IsUsedUp, _ours.TrySeal(new byte[16], new byte[48]));
    }

    public void Dispose()
    {
        _ours.Dispose();
        _theirs.Dispose();
        GC.SuppressFinalize(this);
    }

    private byte[] Seal(byte[] packet)
    {
        var datagram = new byte[KeyPair.DatagramBytes(packet.Length, Mtu)];
        var padded = new byte[datagram.Length - KeyPair.HeaderBytes - KeyPair.TagBytes];
        packet.CopyTo(padded, 0);
        Assert.True(_ours.TrySeal(padded, datagram));
        return datagram;
    }
}

public sealed class KeyPairOfWireGuardTests() : KeyPairTests(CipherSuite.ChaCha20Poly1305);

public sealed class KeyPairOfUdpTunTests() : KeyPairTests(CipherSuite.Aes256Gcm);
