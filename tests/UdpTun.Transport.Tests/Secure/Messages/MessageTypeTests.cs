using System.Buffers.Binary;
using CsCheck;
using UdpTun.Transport.Secure.Messages;

namespace UdpTun.Transport.Tests.Secure.Messages;

public sealed class MessageTypeTests
{
    [Theory]
    [InlineData(1u, 148, true)]
    [InlineData(1u, 147, false)]
    [InlineData(1u, 149, false)]
    [InlineData(2u, 92, true)]
    [InlineData(2u, 93, false)]
    [InlineData(3u, 64, true)]
    [InlineData(3u, 63, false)]
    [InlineData(4u, 32, true)]
    [InlineData(4u, 31, false)]
    [InlineData(4u, 1500, true)]
    [InlineData(0x0101u, 148, false)] // A reserved byte is set.
    [InlineData(0u, 148, false)]
    [InlineData(5u, 148, false)]
    public void Type_should_be_known_only_with_its_exact_length(uint first, int length, bool known)
    {
        var datagram = new byte[length];
        BinaryPrimitives.WriteUInt32LittleEndian(datagram, first);
        Assert.Equal(known ? (MessageType)first : MessageType.Unknown, MessageTypes.Of(datagram));
    }

    [Fact]
    public void Type_should_be_told_of_any_bytes() =>
        Gen.Byte.Array[0, 200].Sample(bytes => Enum.IsDefined(MessageTypes.Of(bytes)), iter: 5000);
}
