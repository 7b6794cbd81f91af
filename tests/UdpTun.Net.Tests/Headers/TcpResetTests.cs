using System.Buffers.Binary;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Testing.Packets;

namespace UdpTun.Net.Tests.Headers;

public sealed class TcpResetTests
{
    private static byte[] Segment(string source, string destination, TcpFlags flags, byte[] payload, uint sequence, uint acknowledgment)
    {
        var packet = PacketGen.Build(new FlowKey(IpProtocol.Tcp, PacketBuilder.Endpoint(source), PacketBuilder.Endpoint(destination)), payload, flags);
        var tcp = packet.AsSpan(source.StartsWith('[') ? 40 : 20);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[8..], acknowledgment);
        return packet;
    }

    private static byte[] Answer(byte[] segment)
    {
        var reset = new byte[TcpReset.MaxLength];
        Array.Fill(reset, (byte)0xEE);
        return reset[..TcpReset.Write(reset, segment)];
    }

    [Theory]
    [InlineData("10.61.0.2:5000", "203.0.113.1:80")]
    [InlineData("[fd61::2]:5000", "[2001:db8::1]:80")]
    public void Reset_should_be_intact_and_come_from_the_destination(string source, string destination)
    {
        var reset = Answer(Segment(source, destination, TcpFlags.Ack, [1, 2, 3], 100, 7000));

        Assert.Equal(DropReason.None, PacketParser.Parse(reset, out var key));
        Assert.Equal(new FlowKey(IpProtocol.Tcp, PacketBuilder.Endpoint(destination), PacketBuilder.Endpoint(source)), key);
        var ip = reset.Length - 20;
        var (from, to) = (key.Source.Address, key.Destination.Address);
        Assert.True(InternetChecksum.IsIntact(reset.AsSpan(ip), InternetChecksum.PseudoHeaderSum(from, to, IpProtocol.Tcp, 20)));
    }

    // RFC 9293 section 3.10.7.1: with ACK <SEQ=SEG.ACK><CTL=RST>, without <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>.
    [Theory]
    [InlineData(TcpFlags.Ack, 3, 100, 7000, TcpFlags.Rst, 7000, 0)]
    [InlineData(TcpFlags.Syn | TcpFlags.Ack, 0, 100, 7000, TcpFlags.Rst, 7000, 0)]
    [InlineData(TcpFlags.Syn, 0, 0xFFFFFFFF, 0, TcpFlags.Rst | TcpFlags.Ack, 0, 0)]
    [InlineData(TcpFlags.Fin, 3, 100, 0, TcpFlags.Rst | TcpFlags.Ack, 0, 104)]
    public void Reset_should_have_the_numbers_that_its_receiver_believes(
        TcpFlags flags, int payload, uint sequence, uint acknowledgment, TcpFlags expected, uint expectedSequence, uint expectedAcknowledgment)
    {
        var reset = Answer(Segment("10.61.0.2:5000", "203.0.113.1:80", flags, new byte[payload], sequence, acknowledgment)).AsSpan(20);

        Assert.Equal(expected, (TcpFlags)reset[13]);
        Assert.Equal(expectedSequence, BinaryPrimitives.ReadUInt32BigEndian(reset[4..]));
        Assert.Equal(expectedAcknowledgment, BinaryPrimitives.ReadUInt32BigEndian(reset[8..]));
    }

    [Fact]
    public void Reset_should_not_answer_a_reset_or_another_protocol()
    {
        Assert.Empty(Answer(Segment("10.61.0.2:5000", "203.0.113.1:80", TcpFlags.Rst | TcpFlags.Ack, [], 1, 1)));
        Assert.Empty(Answer(PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:80")));
    }
}
