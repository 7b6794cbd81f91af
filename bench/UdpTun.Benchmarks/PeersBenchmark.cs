using System.Diagnostics;
using System.Runtime.InteropServices;
using Akka.Actor;
using UdpTun.Actors.Lines;
using UdpTun.Actors.Messages;
using UdpTun.Actors.Peers;
using UdpTun.Actors.Settings;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Peers;
using UdpTun.Testing.Io;
using UdpTun.Testing.Lines;
using UdpTun.Testing.Packets;
using UdpTun.Transport.Secure;
using UdpTun.Transport.Secure.Commands;
using UdpTun.Transport.Secure.Handshakes;
using UdpTun.Transport.Secure.Keys;
using UdpTun.Transport.Secure.Sessions;

namespace UdpTun.Benchmarks;

/// <summary>
/// The control half of a line with ten thousand peers, between ends in memory: what a configured peer costs, how many handshakes it answers, and
/// what the datagrams of strangers cost.
/// </summary>
internal static class PeersBenchmark
{
    private const int Peers = 10_000, Calls = 2_000, MostUnderWay = 64;
    private const int Junk = 200_000, Rounds = 5;

    private static readonly InetEndpoint Stranger = PacketBuilder.Endpoint("10.66.6.6:666");
    private static readonly InetEndpoint Here = PacketBuilder.Endpoint("198.51.100.1:51820");

    public static async Task RunAsync(TextWriter output)
    {
        output.WriteLine($"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} processors");
        var (own, callers) = (SecretKey.GeneratePrivate(), Enumerable.Range(0, Peers).Select(_ => SecretKey.GeneratePrivate()).ToArray());
        var settings = callers.Select((key, i) => new PeerSettings($"peer-{i}", key.ToPublic(), null, [Range(i)], [], null)).ToArray();
        var before = ProcessMemory.Now();
        var socket = new InMemoryUdpSocket(Here) { Recording = true };
        using var end = new SecureEnd(new SecureSettings(own, settings), 1420, TimeProvider.System);
        await using var line = await LineSystem.StartAsync(new PeerLine(
            new InMemoryDeviceFactory<InMemoryTunDevice>(_ => new InMemoryTunDevice { Recording = false }), new InMemoryDeviceFactory<InMemoryUdpSocket>(_ => socket), end));
        await line.Guardian.Ask<SecurePeersReport>(GetSecurePeers.Instance); // when all are asked for,
        await UntilAsync(() => ThreadPool.PendingWorkItemCount == 0);        // and when all are there
        var after = ProcessMemory.Now();
        output.WriteLine($"{Peers} peers configured: {(after.Heap - before.Heap) / Peers} bytes of managed heap and {(after.Resident - before.Resident) / Peers} resident, each");

        var calls = callers.Take(Calls).Select(key => CallOf(key, own.ToPublic())).ToArray();
        using var process = Process.GetCurrentProcess();
        var (clock, spent) = (Stopwatch.StartNew(), process.TotalProcessorTime);
        for (var i = 0; i < calls.Length; i++)
        {
            while (i - socket.WrittenCount > MostUnderWay) await Task.Delay(1);
            socket.Arrive(Stranger, calls[i]);
        }

        await UntilAsync(() => socket.WrittenCount >= Calls);
        process.Refresh();
        var seconds = (process.TotalProcessorTime - spent).TotalSeconds;
        output.WriteLine($"{Calls} handshakes answered in {clock.Elapsed.TotalSeconds:F2} s and {seconds:F2} processor seconds: {Calls / seconds:F0} a second and core");

        var random = new Random(1);
        output.WriteLine("what a stranger's datagram of 148 bytes costs the loop:");
        foreach (var (name, make) in new (string, Func<byte[]>)[] { ("random bytes", () => Bytes(random)), ("a junk initiation", () => Initiation(random)) })
            output.WriteLine($"  {name}: {await Cost(line, socket, make):F2} us");
    }

    private static InetPrefix Range(int peer) => new(InetAddress.FromV4((10u << 24) + (uint)peer), 32);

    private static byte[] CallOf(SecretKey caller, PublicKey to)
    {
        using var identity = new LocalIdentity(caller, TimeProvider.System);
        var session = new PeerSession(new Peer(new PeerId(1), "server"), to);
        session.MoveTo(Here);
        using var protocol = new PeerProtocol(identity, session, null, ProtocolTimes.Standard, new SessionIndices(), () => 0);
        var commands = new List<SecureCommand>();
        protocol.Want(TimeSpan.Zero, commands);
        return ((SecureCommand.SendHandshake)commands[0]).Message;
    }

    /// <summary>Processor microseconds from its arrival to its drop, with those of the end in memory.</summary>
    private static async Task<double> Cost(LineSystem line, InMemoryUdpSocket socket, Func<byte[]> make)
    {
        var (strangers, drops) = (Enumerable.Range(0, 1000).Select(_ => make()).ToArray(), line.Line.Drops);
        using var process = Process.GetCurrentProcess();
        var least = double.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var (before, spent) = (drops[DropReason.NotAuthentic], process.TotalProcessorTime);
            for (var i = 0; i < Junk; i += strangers.Length) socket.ArriveTogether(Stranger, strangers);
            await UntilAsync(() => drops[DropReason.NotAuthentic] - before == Junk);
            process.Refresh();
            least = Math.Min(least, (process.TotalProcessorTime - spent).TotalMicroseconds / Junk);
        }

        return least;
    }

    private static byte[] Bytes(Random random)
    {
        var bytes = new byte[148];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Initiation(Random random)
    {
        var bytes = Bytes(random);
        (bytes[0], bytes[1], bytes[2], bytes[3]) = (1, 0, 0, 0);
        return bytes;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition()) await Task.Delay(1);
    }
}
