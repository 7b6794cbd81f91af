using System.Net;
using System.Net.Sockets;

namespace UdpTun.EndToEnd.Tests.Traffic;

/// <summary>A name server that gives one IPv4 address for every name, and a host that asks it alone (ip-netns(8), /etc/netns).</summary>
internal sealed class NameServer : IDisposable
{
    // RFC 1035 section 4.1.
    private const int HeaderBytes = 12;
    private const byte TypeA = 1;

    private readonly Socket _socket;
    private readonly DirectoryInfo _settings;
    private readonly byte[] _address;

    /// <param name="at">Where it runs.</param>
    /// <param name="local">Where it is asked.</param>
    /// <param name="address">Its one answer.</param>
    /// <param name="asking">Who asks it, in programs that start from now on.</param>
    internal NameServer(NetworkNamespace at, IPAddress local, IPAddress address, NetworkNamespace asking)
    {
        _socket = at.OpenUdp(new IPEndPoint(local, 53));
        _address = address.GetAddressBytes();
        _settings = Directory.CreateDirectory($"/etc/netns/{asking.Name}");
        File.WriteAllText(Path.Combine(_settings.FullName, "resolv.conf"), $"nameserver {local}\noptions timeout:1 attempts:2\n");
        _ = ServeAsync();
    }

    public void Dispose()
    {
        _socket.Dispose();
        _settings.Delete(recursive: true);
    }

    private async Task ServeAsync()
    {
        var buffer = new byte[512];
        try
        {
            while (true)
            {
                var asked = await _socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0));
                await _socket.SendToAsync(Answer(buffer.AsSpan(0, asked.ReceivedBytes)), asked.RemoteEndPoint);
            }
        }
        catch (Exception end) when (end is ObjectDisposedException or SocketException)
        {
            // The test is over.
        }
    }

    /// <summary>The question again, and behind it, where it is one for IPv4, the address.</summary>
    private byte[] Answer(ReadOnlySpan<byte> question)
    {
        var end = HeaderBytes;
        while (question[end] != 0) end += 1 + question[end];
        end += 5;
        var isV4 = question[end - 3] == TypeA;
        byte[] header = [.. question[..2], 0x81, 0x80, 0, 1, 0, (byte)(isV4 ? 1 : 0), 0, 0, 0, 0];
        byte[] answer = [0xc0, HeaderBytes, 0, TypeA, 0, 1, 0, 0, 0, 60, 0, 4, .. _address];
        return [.. header, .. question[HeaderBytes..end], .. isV4 ? answer : []];
    }
}
