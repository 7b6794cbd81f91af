using UdpTun.Linux.Sockets;
using UdpTun.Testing.Packets;

namespace UdpTun.Linux.Tests.Sockets;

public sealed unsafe class DatagramRowTests
{
    private const int Length = 100, Datagrams = 5;

    [Theory]
    [InlineData(0, 1)] // as sealed datagrams lie
    [InlineData(64, Datagrams)] // as packets lie, each with room around it
    public void Datagrams_should_be_one_piece_where_nothing_lies_between(int gap, int pieces)
    {
        var row = new DatagramRow();
        var remote = PacketBuilder.Endpoint("192.0.2.1:9877");
        var bytes = stackalloc byte[Datagrams * (Length + gap)];
        for (var i = 0; i < Datagrams; i++)
        {
            if (!row.TryJoin(remote, default, Length)) row.Begin(remote, default, Length, path: null, family: 2);
            row.AddPiece(bytes + (i * (Length + gap)), Length);
        }

        Assert.Equal((1, Datagrams, pieces), (row.Count, row.DatagramsOf(0), (int)row.Headers[0].msg_hdr.msg_iovlen));
        for (var i = 0; i < Datagrams; i++)
        {
            row.TakeOut(0, i, out var single);
            Assert.Equal(1, (int)single.msg_hdr.msg_iovlen);
            Assert.Equal((nint)(bytes + (i * (Length + gap))), (nint)single.msg_hdr.msg_iov[0].iov_base);
            Assert.Equal(Length, (int)single.msg_hdr.msg_iov[0].iov_len);
        }
    }

    /// <summary>A message begins with a piece of its own, even where the last datagram of the message before ends there.</summary>
    [Fact]
    public void Piece_should_not_reach_into_the_next_message()
    {
        var row = new DatagramRow();
        var bytes = stackalloc byte[2 * Length];
        foreach (var (place, i) in new[] { "192.0.2.1:1", "192.0.2.2:1" }.Select((place, i) => (place, i)))
        {
            row.Begin(PacketBuilder.Endpoint(place), default, Length, path: null, family: 2);
            row.AddPiece(bytes + (i * Length), Length);
            Assert.Equal((1, Length), ((int)row.Headers[i].msg_hdr.msg_iovlen, (int)row.Headers[i].msg_hdr.msg_iov[0].iov_len));
        }
    }
}
