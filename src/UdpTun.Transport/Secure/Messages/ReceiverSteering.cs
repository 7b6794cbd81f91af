using System.Buffers.Binary;
using UdpTun.Net.Io;

namespace UdpTun.Transport.Secure.Messages;

/// <summary>
/// The shard that a datagram is for: all but initiations name a number that we gave out, whose lowest byte, the first on the wire, carries
/// the shard (<see cref="Handshakes.SessionIndices"/>). Whom an initiation is for stands in it encrypted.
/// </summary>
public static class ReceiverSteering
{
    public static DatagramSteering Of(int shards) => new(shards,
    [
        new SteeringRule(Word(MessageType.Data), MessageLayout.DataMinBytes, MessageLayout.DataReceiverOffset),
        new SteeringRule(Word(MessageType.Response), MessageLayout.ResponseBytes, MessageLayout.ResponseReceiverOffset),
        new SteeringRule(Word(MessageType.CookieReply), MessageLayout.CookieReplyBytes, MessageLayout.CookieReceiverOffset),
    ]);

    private static uint Word(MessageType type) => BinaryPrimitives.ReverseEndianness((uint)type);
}
