using System.Net;
using System.Net.Sockets;

namespace UdpTun.EndToEnd.Tests.Harness;

/// <summary>
/// A relay between one client and the server that loses, doubles and reorders their datagrams:
/// <code>
///   client 1                 server
///   up0 10.77.1.2 -------- lan1 10.77.1.1:19877 (relay) 10.77.0.1 -- lo -- 10.77.0.1:9877
/// </code>
/// Equal datagrams in a row go on joined (UDP_SEGMENT), so that who receives joined datagrams gets rows with gaps, doubles and
/// wrong order in them, which a path that faults every datagram by itself would not show.
/// </summary>
internal sealed class BadPath : IDisposable
{
    internal const string Address = "10.77.1.1:19877";

    private const int SOL_UDP = 17;
    private const int UDP_SEGMENT = 103; // linux/udp.h
    private const int Row = 40;          // datagrams at once, well below the kernel's 64 KB
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(3);

    private readonly Socket _near;
    private readonly Socket _far;
    private readonly Thread[] _threads;
    private volatile IPEndPoint? _client;
    private volatile bool _stopped;

    internal BadPath(NetworkNamespace server, int seed)
    {
        (Up, Down) = (new PathFaults(seed), new PathFaults(seed + 1));
        _near = server.OpenUdp(IPEndPoint.Parse(Address));
        _far = server.OpenUdp(IPEndPoint.Parse("10.77.0.1:0"));
        var tunnel = IPEndPoint.Parse("10.77.0.1:9877");
        _threads = [new Thread(() => Carry(_near, _far, Up, () => tunnel)), new Thread(() => Carry(_far, _near, Down, () => _client))];
        foreach (var thread in _threads) thread.Start();
    }

    /// <summary>What was done to the client's datagrams.</summary>
    internal PathFaults Up { get; }

    /// <summary>What was done to the server's.</summary>
    internal PathFaults Down { get; }

    public void Dispose()
    {
        _stopped = true;
        foreach (var thread in _threads) thread.Join();
        _near.Dispose();
        _far.Dispose();
    }

    private void Carry(Socket from, Socket by, PathFaults faults, Func<IPEndPoint?> to)
    {
        var buffer = new byte[65536];
        var leaving = new List<byte[]>();
        EndPoint sender = new IPEndPoint(IPAddress.Any, 0);
        while (!_stopped)
        {
            try
            {
                if (from.Poll(Silence, SelectMode.SelectRead))
                {
                    do
                    {
                        var length = from.ReceiveFrom(buffer, ref sender);
                        if (from == _near) _client = (IPEndPoint)sender;
                        faults.Pass(buffer[..length], leaving);
                    }
                    while (from.Available > 0 && leaving.Count < Row);
                }
                else
                {
                    faults.Flush(leaving);
                }

                if (to() is { } receiver) Send(by, leaving, receiver);
            }
            catch (SocketException)
            {
                // The end is not there (yet): the row is lost, as on any path.
            }

            leaving.Clear();
        }
    }

    private static void Send(Socket by, List<byte[]> datagrams, IPEndPoint receiver)
    {
        for (var first = 0; first < datagrams.Count;)
        {
            var size = datagrams[first].Length;
            var next = first + 1;
            while (next < datagrams.Count && next - first < Row && datagrams[next].Length == size) next++;
            by.SetRawSocketOption(SOL_UDP, UDP_SEGMENT, BitConverter.GetBytes(size));
            by.SendTo(datagrams[first..next].SelectMany(datagram => datagram).ToArray(), receiver);
            first = next;
        }
    }
}
