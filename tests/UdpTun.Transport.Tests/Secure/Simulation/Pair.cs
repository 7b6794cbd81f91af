using UdpTun.Net.Flows;
using UdpTun.Testing.Packets;
using UdpTun.Transport.Secure;
using UdpTun.Transport.Secure.Handshakes;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Transport.Tests.Secure.Simulation;

/// <summary>A client and a server that hear each other at once, unless the test takes datagrams away.</summary>
internal sealed class Pair : IDisposable
{
    public static readonly InetEndpoint ServerAddress = PacketBuilder.Endpoint("198.51.100.1:9877"), ClientAddress = PacketBuilder.Endpoint("192.0.2.2:40000");

    public static readonly byte[] Question = PacketBuilder.Udp("10.61.0.2:5000", "203.0.113.1:53", "question"u8);
    public static readonly byte[] Answer = PacketBuilder.Udp("203.0.113.1:53", "10.61.0.2:5000", "answer"u8);

    private readonly Queue<(SimulatedEnd From, byte[] Datagram, InetEndpoint To)> _wire = [];

    public Pair(SecretKey? clientPsk = null, SecretKey? serverPsk = null, ProtocolTimes? times = null, TimeSpan? keepalive = null,
        bool clientAllowsAes = true, bool serverAllowsAes = true)
    {
        Client = new SimulatedEnd(SecretKey.GeneratePrivate(), ClientAddress, Time, new Random(1), Send, times) { AllowsAes = clientAllowsAes };
        ServerKey = SecretKey.GeneratePrivate();
        Server = new SimulatedEnd(ServerKey, ServerAddress, Time, new Random(2), Send, times) { AllowsAes = serverAllowsAes };
        ClientSide = Client.AddPeer(Server.Key, "0.0.0.0/0 ::/0", ServerAddress, clientPsk, keepalive);
        ServerSide = Server.AddPeer(Client.Key, "10.61.0.2/32 fd61::2/128", null, serverPsk ?? clientPsk);
    }

    public SharedTime Time { get; } = new();

    public SecretKey ServerKey { get; }

    public SimulatedEnd Client { get; }

    public SimulatedEnd Server { get; }

    public PeerProtocol ClientSide { get; }

    public PeerProtocol ServerSide { get; }

    /// <summary>Everything sent so far, in order.</summary>
    public List<(SimulatedEnd From, byte[] Datagram)> Sent { get; } = [];

    /// <summary>Takes away what it says no to.</summary>
    public Func<SimulatedEnd, byte[], bool> Passes { get; set; } = (_, _) => true;

    public void Deliver()
    {
        while (_wire.TryDequeue(out var next))
        {
            var to = next.To == Server.Address ? Server : next.To == Client.Address ? Client : null;
            if (Passes(next.From, next.Datagram)) to?.Receive(next.Datagram, next.From.Address);
        }
    }

    public void ClientSends(params byte[][] packets)
    {
        Client.Send(packets);
        Deliver();
    }

    public void ServerSends(params byte[][] packets)
    {
        Server.Send(packets);
        Deliver();
    }

    /// <summary>Lets time pass in steps of a quarter second, with all timers.</summary>
    public void Wait(double seconds)
    {
        for (var until = Time.Now + TimeSpan.FromSeconds(seconds); Time.Now < until;)
        {
            Time.Now += TimeSpan.FromMilliseconds(250);
            Client.Tick();
            Server.Tick();
            Deliver();
        }
    }

    public int Count(SimulatedEnd from, byte type) => Sent.Count(sent => sent.From == from && sent.Datagram[0] == type);

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
    }

    private void Send(SimulatedEnd from, byte[] datagram, InetEndpoint to)
    {
        Sent.Add((from, datagram));
        _wire.Enqueue((from, datagram, to));
    }
}
