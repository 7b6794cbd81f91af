using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace UdpTun.EndToEnd.Tests.Traffic;

/// <summary>Sends ICMP echo requests with an identifier of the test's choice; the tool <c>ping</c> chooses its own.</summary>
internal sealed class PingVisitor : IDisposable
{
    // RFC 792, echo or echo reply message.
    private const int HeaderLength = 8;
    private const int ChecksumOffset = 2;
    private const int IdentifierOffset = 4;
    private const int SequenceOffset = 6;
    private const byte EchoRequest = 8;
    private const byte EchoReply = 0;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Socket _socket;
    private readonly ushort _identifier;

    internal PingVisitor(NetworkNamespace host, ushort identifier)
    {
        _socket = host.OpenSocket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Icmp);
        _socket.Bind(new IPEndPoint(IPAddress.Any, 0));
        _identifier = identifier;
    }

    /// <summary>
    /// Sends <paramref name="count"/> requests, one every few milliseconds and without waiting for answers, each with
    /// <paramref name="mark"/> in it, and returns how many replies bore our identifier: with our mark, and with another's.
    /// </summary>
    internal async Task<(int Own, int Foreign)> Ping(IPAddress remote, int count, byte mark)
    {
        using var timer = new CancellationTokenSource();
        var replies = Collect(count, mark, timer.Token);
        for (var sequence = 1; sequence <= count; sequence++)
        {
            await _socket.SendToAsync(Request((ushort)sequence, mark), new IPEndPoint(remote, 0));
            await Task.Delay(5);
        }

        timer.CancelAfter(Patience);
        return await replies;
    }

    public void Dispose() => _socket.Dispose();

    private async Task<(int Own, int Foreign)> Collect(int count, byte mark, CancellationToken cancel)
    {
        var (own, foreign) = (0, 0);
        var buffer = new byte[2048];
        try
        {
            while (own + foreign < count)
            {
                var received = await _socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), cancel);
                var icmp = buffer.AsMemory((buffer[0] & 0x0F) * 4, received.ReceivedBytes - (buffer[0] & 0x0F) * 4).Span;
                if (icmp[0] != EchoReply || BinaryPrimitives.ReadUInt16BigEndian(icmp[IdentifierOffset..]) != _identifier) continue;
                if (icmp[HeaderLength] == mark) own++;
                else foreign++;
            }
        }
        catch (OperationCanceledException)
        {
            // Some were lost: the counts say so.
        }

        return (own, foreign);
    }

    private byte[] Request(ushort sequence, byte mark)
    {
        var packet = new byte[HeaderLength + 32];
        packet[0] = EchoRequest;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(IdentifierOffset), _identifier);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(SequenceOffset), sequence);
        packet.AsSpan(HeaderLength).Fill(mark);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(ChecksumOffset), InternetPacket.Checksum(packet));
        return packet;
    }
}
