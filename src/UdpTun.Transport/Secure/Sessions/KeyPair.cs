// Stage: between the UDP socket and the inner packets. Thread: event loop. Memory: the caller's datagrams, rewritten in place.
using System.Buffers.Binary;
using UdpTun.Net.Counters;
using UdpTun.Transport.Secure.Messages;
using UdpTun.Transport.Secure.PacketCiphers;

namespace UdpTun.Transport.Secure.Sessions;

/// <summary>
/// The two keys of one finished handshake (WireGuard paper, section 5.4.6): seals transport data and opens it in place. A datagram
/// is 16 bytes of header, the inner packet padded to a multiple of 16, and 16 bytes of tag. How long it may be used is not its affair.
/// </summary>
/// <param name="sendingKey">32 bytes; copied.</param>
/// <param name="receivingKey">32 bytes; copied.</param>
/// <param name="remoteIndex">The index that the other end chose.</param>
/// <param name="suite">What both ends have agreed on.</param>
public sealed class KeyPair(ReadOnlySpan<byte> sendingKey, ReadOnlySpan<byte> receivingKey, uint remoteIndex, CipherSuite suite) : IDisposable
{
    public const int HeaderBytes = MessageLayout.DataOffset, TagBytes = PacketCipher.TagBytes, PaddingUnit = 16;

    /// <summary>REJECT-AFTER-MESSAGES (section 6.1): the last counters are never used, so that the window cannot overflow.</summary>
    public const ulong MaxMessages = ulong.MaxValue - (1UL << 13);

    /// <summary>
    /// Blocks of 16 bytes that one key may encrypt before AES-GCM could give something away: RFC 8446, section 5.5, has 2^24.5 records of 2^10.
    /// ChaCha20-Poly1305 has no such number.
    /// </summary>
    private const ulong MaxAesBlocks = 1UL << 34;

    private const uint OwnBlocksOfPacket = 2; // for the tag

    private readonly IPacketCipher _sealer = PacketCipher.ForSealing(suite, sendingKey), _opener = PacketCipher.ForOpening(suite, receivingKey);
    private readonly ReplayWindow _window = new();
    private readonly ulong _maxBlocks = suite == CipherSuite.Aes256Gcm ? MaxAesBlocks : ulong.MaxValue;

    public CipherSuite Suite => suite;

    /// <summary>The index by which the other end calls it.</summary>
    public uint LocalIndex { get; init; }

    /// <summary>Whether the handshake was begun by this end, which then has to see to the next one in time.</summary>
    public bool IsInitiator { get; init; }

    /// <summary>When the handshake ended.</summary>
    public TimeSpan CreatedAt { get; init; }

    /// <summary>Whose it is; set when it is put to use.</summary>
    internal PeerSession? Session { get; set; }

    /// <summary>How many datagrams have been sealed, which is the next counter.</summary>
    public ulong Sent { get; private set; }

    /// <summary>How many blocks they took of the sending key.</summary>
    internal ulong SealedBlocks { get; set; }

    /// <summary>Whether it seals no more.</summary>
    public bool IsUsedUp => Sent >= MaxMessages || SealedBlocks >= _maxBlocks;

    /// <summary>Bytes of the datagram that carries an inner packet of <paramref name="packetBytes"/>.</summary>
    /// <param name="packetBytes">0 is a keepalive.</param>
    /// <param name="maxPacketBytes">The tunnel's MTU: padding never makes a packet larger than that.</param>
    public static int DatagramBytes(int packetBytes, int maxPacketBytes)
    {
        var padded = (packetBytes + PaddingUnit - 1) & ~(PaddingUnit - 1);
        return HeaderBytes + Math.Max(packetBytes, Math.Min(padded, maxPacketBytes)) + TagBytes;
    }

    /// <summary>Whether it is time for another.</summary>
    /// <param name="messages">After so many datagrams it is.</param>
    public bool WantsSuccessor(ulong messages) => Sent >= messages || SealedBlocks >= _maxBlocks / 2;

    /// <summary>Makes a datagram of a packet. False when the key pair is used up.</summary>
    /// <param name="padded">The packet with its padding, zeros; empty for a keepalive. It lies outside the datagram, or where that will have it.</param>
    /// <param name="datagram">As long as <see cref="DatagramBytes"/> says.</param>
    public bool TrySeal(ReadOnlySpan<byte> padded, Span<byte> datagram)
    {
        if (IsUsedUp) return false;
        SealedBlocks += ((uint)padded.Length / PaddingUnit) + OwnBlocksOfPacket;
        BinaryPrimitives.WriteUInt32LittleEndian(datagram, (uint)MessageType.Data);
        BinaryPrimitives.WriteUInt32LittleEndian(datagram[MessageLayout.DataReceiverOffset..], remoteIndex);
        BinaryPrimitives.WriteUInt64LittleEndian(datagram[MessageLayout.DataCounterOffset..], Sent);
        _sealer.Seal(Sent++, padded, datagram[HeaderBytes..^TagBytes], datagram[^TagBytes..]);
        return true;
    }

    /// <summary>
    /// Opens a datagram that <see cref="MessageTypes"/> called transport data; the padded packet then lies between header and tag.
    /// False for a forged, a repeated and a far too late one.
    /// </summary>
    public bool TryOpen(Span<byte> datagram) => Open(datagram) == DropReason.None;

    /// <summary>As <see cref="TryOpen"/>, and says why not.</summary>
    /// <returns>None, NotAuthentic or Replayed.</returns>
    public DropReason Open(Span<byte> datagram)
    {
        var counter = BinaryPrimitives.ReadUInt64LittleEndian(datagram[MessageLayout.DataCounterOffset..]);
        if (counter >= MaxMessages || !_opener.TryOpen(counter, datagram[HeaderBytes..^TagBytes], datagram[^TagBytes..]))
            return DropReason.NotAuthentic;
        return _window.TryAccept(counter) ? DropReason.None : DropReason.Replayed;
    }

    public void Dispose()
    {
        _sealer.Dispose();
        _opener.Dispose();
    }
}
