using System.Globalization;
using UdpTun.Net.Flows;
using UdpTun.Testing.Packets;
using UdpTun.Transport.Secure.Handshakes;
using UdpTun.Transport.Secure.Keys;
using UdpTun.Transport.Secure.PacketCiphers;
using Xunit.Abstractions;

namespace UdpTun.Transport.Tests.Secure.Simulation;

/// <summary>
/// Several clients and a server in virtual time over a bad network, whose clocks jump, which restart, move and fall silent. Whatever happened:
/// once the network is healed, every client and the server hear each other within a minute and a half.
/// <c>UDPTUN_SIMULATION_STEPS</c> sets the number of steps, <c>UDPTUN_SIMULATION_SEED</c> plays one run again.
/// </summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private const int Clients = 4, StepsPerRun = 2000;
    private static readonly InetEndpoint ServerAddress = PacketBuilder.Endpoint("198.51.100.1:9877");

    private static int Steps => Number("UDPTUN_SIMULATION_STEPS") ?? 20_000;

    [Fact]
    public void Honest_ends_should_find_each_other_when_the_network_heals()
    {
        var first = Number("UDPTUN_SIMULATION_SEED") ?? Random.Shared.Next();
        var runs = Number("UDPTUN_SIMULATION_SEED") is null ? Math.Max(1, Steps / StepsPerRun) : 1;
        for (var seed = first; seed < first + runs; seed++)
        {
            output.WriteLine($"UDPTUN_SIMULATION_SEED={seed}");
            Run(seed);
        }
    }

    private static int? Number(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var number) ? number : null;

    private static void Run(int seed)
    {
        var (chance, time) = (new Random(seed), new SharedTime());
        var network = new SimulatedNetwork(time, chance);
        var serverKey = SecretKey.GeneratePrivate();
        using var server = new SimulatedEnd(serverKey, ServerAddress, time, chance, network.Send);
        network.Ends[ServerAddress] = server;
        var clients = Enumerable.Range(0, Clients).Select(number => Client(number)).ToList();
        try
        {
            for (var step = 0; step < StepsPerRun; step++)
            {
                time.Now += TimeSpan.FromMilliseconds(chance.Next(1, chance.Next(50) == 0 ? 60_000 : 700));
                Disturb(chance.Next(Clients));
                Everybody(end => end.Tick());
                network.Deliver();
            }

            network.IsHealed = true;
            ExpectTalk();
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }

        SimulatedEnd Client(int number)
        {
            var client = new SimulatedEnd(SecretKey.GeneratePrivate(), AddressOf(number, 0), time, chance, network.Send);
            network.Ends[client.Address] = client;
            client.AllowsAes = number % 2 == 0; // the server does, and has to tell them apart
            client.AddPeer(server.Key, "0.0.0.0/0", ServerAddress, keepalive: number == 0 ? TimeSpan.FromSeconds(25) : null);
            server.AddPeer(client.Key, $"10.61.0.{number + 2}/32");
            return client;
        }

        void Disturb(int number)
        {
            var client = clients[number];
            switch (chance.Next(100))
            {
                case < 45: client.Send(ToServer(number)); break;
                case < 80: server.Send(ToClient(number)); break;
                case < 84: network.Replay(client.Address); break;
                case < 87: network.Replay(PacketBuilder.Endpoint("203.0.113.66:666")); break;
                case < 90: client.Clock.Offset = TimeSpan.FromSeconds(chance.Next(-100_000, 100_000)); break;
                case < 93: server.Clock.Offset = TimeSpan.FromSeconds(chance.Next(-100_000, 100_000)); break;
                case < 96: Move(number); break;
                case < 98: server.PretendedLoad = server.PretendedLoad > 0 ? 0 : HandshakeGate.LoadedAt; break;
                default: client.Receive(Junk(), ServerAddress); break;
            }
        }

        void Move(int number)
        {
            var client = clients[number];
            network.Ends.Remove(client.Address);
            client.Address = AddressOf(number, chance.Next(100));
            network.Ends[client.Address] = client;
        }

        byte[] Junk()
        {
            var junk = new byte[chance.Next(1, 200)];
            chance.NextBytes(junk);
            junk[0] = (byte)chance.Next(6);
            if (junk.Length > 3) (junk[1], junk[2], junk[3]) = (0, 0, 0);
            return junk;
        }

        void ExpectTalk()
        {
            var (atServer, atClients) = (new HashSet<int>(), new HashSet<int>());
            for (var until = time.Now + TimeSpan.FromSeconds(90); time.Now < until && atServer.Count + atClients.Count < 2 * Clients;)
            {
                Everybody(end => end.Delivered.Clear());
                for (var number = 0; number < Clients; number++)
                {
                    clients[number].Send(ToServer(number));
                    server.Send(ToClient(number));
                }

                time.Now += TimeSpan.FromMilliseconds(500);
                network.Deliver();
                Everybody(end => end.Tick());
                foreach (var (peer, _) in server.Delivered) atServer.Add(peer.Value - 1);
                atClients.UnionWith(Enumerable.Range(0, Clients).Where(number => clients[number].Delivered.Count > 0));
            }

            Assert.All(Enumerable.Range(0, Clients), number => Assert.Equal(
                number % 2 == 0 ? CipherSuite.Aes256Gcm : CipherSuite.ChaCha20Poly1305, Assert.Single(clients[number].Protocols).Suite));
            Assert.True(atServer.Count == Clients, $"seed {seed}: the server hears {atServer.Count} of {Clients} clients");
            Assert.True(atClients.Count == Clients, $"seed {seed}: {atClients.Count} of {Clients} clients hear the server");
        }

        void Everybody(Action<SimulatedEnd> act)
        {
            clients.ForEach(act);
            act(server);
        }
    }

    private static InetEndpoint AddressOf(int number, int place) => PacketBuilder.Endpoint($"192.0.{number + 2}.{place + 1}:40000");

    private static byte[] ToServer(int number) => PacketBuilder.Udp($"10.61.0.{number + 2}:5000", "203.0.113.1:53", "question"u8);

    private static byte[] ToClient(int number) => PacketBuilder.Udp("203.0.113.1:53", $"10.61.0.{number + 2}:5000", "answer"u8);
}
