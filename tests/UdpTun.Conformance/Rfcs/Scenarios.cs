using System.Net;
using System.Text.RegularExpressions;
using UdpTun.Conformance.Lab;
using UdpTun.Conformance.Table;
using UdpTun.EndToEnd;
using UdpTun.Testing.Packets;

namespace UdpTun.Conformance.Rfcs;

/// <summary>What the tests of other NATs are about, told anew: the kernel's (icmp_related, port shadowing), VPP's, pf's.</summary>
internal static partial class Scenarios
{
    private const int FarLinkMtu = 1280;
    private const int ServicePort = 1405;
    private const int FewPorts = 10;
    private const int Flood = 3000;

    private static readonly IPAddress Beyond = IPAddress.Parse("198.51.100.2");
    private static readonly IPAddress Beyond6 = IPAddress.Parse("2001:db8:1::2");

    internal static IEnumerable<Requirement> Rows { get; } =
    [
        new("Scenario two routers", "Errors of a router behind the server, and of the host behind that, concern the client's own packets; its "
            + "link carries 1280 bytes.", TwoRouters)
        {
            Client = ["client.routes=203.0.113.0/24,198.51.100.0/24,2001:db8::/64,2001:db8:1::/64"],
            Alone = true,
        },
        new("Scenario last hops", "Of packets with one hop and with two, the first is answered by ICMP 11/0 and the second arrives, both ways.",
            LastHops),
        new("Scenario fragments between clients", "Datagrams of three fragments pass from client to client by their outer endpoints.",
            FragmentsBetweenClients),
        new("Scenario shadowing", "A client that chooses another's outer port, or the port of a service of the server's, for its own source "
            + "port gets neither's packets.", Shadowing)
        {
            Server = ["nat.port-selection=preserve"],
            Alone = true,
        },
        new("Scenario exhaustion", "With every port taken and a client that goes on asking, old flows pass and the server answers: ping, "
            + "NAT-PMP, its session table, a stop.", Exhaustion)
        {
            Server = [$"nat.ports=20000-{20000 + FewPorts - 1}"],
            Client = ["client.routes=203.0.113.0/24,192.168.61.1/32"],
            Alone = true,
        },
    ];

    private static async Task<Evidence> TwoRouters(Laboratory lab)
    {
        using var host = new NetworkNamespace($"{lab.Internet.Name}-beyond");
        lab.Internet.Ip(
            $"link add far0 mtu {FarLinkMtu} type veth peer name eth0 mtu {FarLinkMtu} netns {host.Name}",
            "link set far0 addrgenmode none", "addr add 198.51.100.1/24 dev far0", "addr add 2001:db8:1::1/64 dev far0 nodad", "link set far0 up");
        host.Ip("link set eth0 addrgenmode none", $"addr add {Beyond}/24 dev eth0", $"addr add {Beyond6}/64 dev eth0 nodad", "link set eth0 up",
            "route add default via 198.51.100.1", "route add default via 2001:db8:1::1");
        lab.Internet.Run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");

        using var wire = new Wire(lab.Client, "clienttun");
        lab.Client.Try("ping", "-c1", "-W1", "-Mdo", "-s1350", $"{Beyond}");
        var told = await wire.First(packet => packet.IsIcmp(3, 4));
        var hops = Hop().Matches(lab.Client.Try("traceroute", "-n", "-q1", "-w2", "-m5", $"{Beyond}").Output).Select(match => match.Groups[1].Value);
        var cut = lab.Client.Try("ping", "-c3", "-i0.2", "-W2", "-Mdont", "-s1350", $"{Beyond}").Output;
        var told6 = lab.Client.Try("ping", "-6", "-c2", "-i0.2", "-W1", "-Mdo", "-s1350", $"{Beyond6}").Output;
        using var socket = lab.ClientUdp(0);
        socket.Socket.Connect(new IPEndPoint(Beyond, 9));
        await socket.Socket.SendAsync(new byte[] { 1 });
        var refused = false;
        try
        {
            socket.Receive(Laboratory.Patience);
        }
        catch (System.Net.Sockets.SocketException error)
        {
            refused = error.SocketErrorCode == System.Net.Sockets.SocketError.ConnectionRefused;
        }

        var mtu6 = told6.Contains($"Packet too big: mtu={FarLinkMtu}", StringComparison.Ordinal);
        return new(
            told is { NextHopMtu: FarLinkMtu } && told.Source.Equals(Laboratory.Far) && told.Quoted.Source.Equals(TunnelTopology.InnerClient)
                && hops.SequenceEqual(["192.168.61.1", $"{Laboratory.Far}", $"{Beyond}"]) && cut.Contains(" 3 received", StringComparison.Ordinal)
                && mtu6 && refused,
            $"{told?.ToString() ?? "no ICMP 3/4"}, MTU {told?.NextHopMtu}, quoting a packet of {told?.Quoted.Source}; traceroute: "
                + $"{string.Join(", ", hops)}; cut on the way, {Received().Match(cut).Value} of 3 pings; IPv6: "
                + $"{(mtu6 ? $"packet too big, MTU {FarLinkMtu}" : "no packet too big")}; a closed port there: the socket was "
                + $"{(refused ? "refused" : "told nothing")}");
    }

    private static async Task<Evidence> LastHops(Laboratory lab)
    {
        using var flow = new CraftedFlow(lab);
        var asked = flow.Inside.Now;
        var first = await flow.Leave(WithHops(flow.Udp(), 1), TimeSpan.FromSeconds(0.5));
        var answer = await flow.Inside.First(it => it.At >= asked && it.IsIcmp(11, 0) && it.Destination.Equals(flow.Inner.Address));
        var second = await flow.Leave(WithHops(flow.Udp(), 2));
        if (second is null) return new(false, "a packet with two hops did not reach the internet");

        var askedOutside = flow.Outside.Now;
        var firstBack = await flow.Arrive(WithHops(flow.UdpBack(), 1), TimeSpan.FromSeconds(0.5));
        var answerOutside = await flow.Outside.First(it => it.At > askedOutside && it.IsIcmp(11, 0) && it.Destination.Equals(flow.Remote.Address));
        var secondBack = await flow.Arrive(WithHops(flow.UdpBack(), 2));
        return new(
            first is null && TunnelTopology.Gateway.Equals(answer?.Source) && second.TimeToLive == 1
                && firstBack is null && answerOutside is not null && secondBack?.TimeToLive == 1,
            $"out with 1: {answer?.ToString() ?? "no answer"}; out with 2: arrived with {second.TimeToLive}; in with 1: "
                + $"{answerOutside?.ToString() ?? "no answer"}; in with 2: {Arrived(secondBack)}");
    }

    private static Task<Evidence> FragmentsBetweenClients(Laboratory lab)
    {
        using var a = lab.ClientUdp(0, Laboratory.FreshPort());
        using var b = lab.ClientUdp(1, Laboratory.FreshPort());
        var (outerA, outerB) = (lab.OuterOf(a), lab.OuterOf(b));
        if (outerA is null || outerB is null) return Task.FromResult(new Evidence(false, "no way out"));
        var file = Enumerable.Range(0, 4000).Select(i => (byte)(i / 7)).ToArray();
        var (there, back) = (0, 0);
        for (var i = 0; i < 5; i++)
        {
            a.Send(file, outerB);
            if (b.Receive(Laboratory.Patience) is not { } got || !got.Data.SequenceEqual(file) || !got.From.Equals(outerA)) continue;
            there++;
            b.Send(file, got.From);
            if (a.Gets(file, Laboratory.Patience)) back++;
        }

        return Task.FromResult(new Evidence(
            there == 5 && back == 5, $"{file.Length} bytes from {outerA} to {outerB}: {there} of 5 arrived whole, {back} of 5 came back whole"));
    }

    private static Task<Evidence> Shadowing(Laboratory lab)
    {
        // A service of the server's own host, and a client that talks to the internet from its port.
        using var service = new ProbeSocket(lab.Server.OpenUdp(new IPEndPoint(TunnelTopology.ServerOnInternet, ServicePort)));
        using var far = lab.FarUdp();
        using var shadow = lab.ClientUdp(0, ServicePort);
        shadow.Send([1], far.Local);
        var seen = far.Receive(Laboratory.Patience)?.From;
        far.Send([2], service.Local);
        var served = service.Gets([2], Laboratory.Patience) && shadow.Receive(TimeSpan.FromSeconds(0.5)) is null;

        // Another client's outer port, while it has it and behind the same remote.
        using var victim = lab.ClientUdp(0, Laboratory.FreshPort());
        var outer = lab.OuterOf(victim);
        if (outer is null || seen is null) return Task.FromResult(new Evidence(false, "no way out"));
        using var thief = lab.ClientUdp(1, outer.Port);
        thief.Send([3], far.Local);
        var outerOfThief = far.Receive(Laboratory.Patience)?.From;
        victim.Send([4], far.Local);
        far.Receive(Laboratory.Patience);
        far.Send([5], outer);
        var kept = victim.Gets([5], Laboratory.Patience) && thief.Receive(TimeSpan.FromSeconds(0.5)) is null;
        return Task.FromResult(new Evidence(
            served && kept && !outer.Equals(outerOfThief) && !service.Local.Equals(seen),
            $"inner port {ServicePort} left as {seen}, the service at {service.Local} {(served ? "got" : "lost")} its packet; inner port "
                + $"{outer.Port}, A's outer one, left from B as {outerOfThief}, A {(kept ? "got" : "lost")} its packet"));
    }

    private static async Task<Evidence> Exhaustion(Laboratory lab)
    {
        using var old = lab.ClientUdp(0);
        using var far = lab.FarUdp();
        old.Send([1], far.Local);
        if (far.Receive(Laboratory.Patience) is not { From: var outer }) return new(false, "no way out");
        using var stop = new CancellationTokenSource();
        using var flow = new CraftedFlow(lab, client: 1);
        var asked = 0;
        var flood = Task.Run(async () =>
        {
            for (; !stop.IsCancellationRequested; asked++)
            {
                var packet = flow.Udp();
                var port = 1024 + asked % Flood;
                (packet[20], packet[21]) = ((byte)(port >> 8), (byte)port);
                flow.Inside.Send(PacketBuilder.Finish(packet));
                if (asked % 100 == 0) await Task.Delay(10);
            }
        });

        await Eventually.Holds("the flood is on", Laboratory.Patience, () => Task.FromResult(asked > Flood));
        var pings = Received().Match(lab.Client.Try("ping", "-c3", "-i0.2", "-W2", $"{TunnelTopology.Gateway}").Output).Value;
        var mapper = lab.Client.Try("natpmpc", "-g", $"{TunnelTopology.Gateway}").Output.Contains("Public IP address", StringComparison.Ordinal);
        far.Send([2], outer);
        var passes = old.Gets([2], Laboratory.Patience);
        var sessions = (await lab.ServerProcess.Sessions()).Count;
        var stopped = await lab.ServerProcess.Stop();
        await stop.CancelAsync();
        await flood;
        return new(
            pings == "3" && mapper && passes && sessions is > 1 and <= 2 * FewPorts && stopped == 0,
            $"more than {Flood} flows asked for {FewPorts} ports: {sessions} sessions; an old flow "
                + $"{(passes ? "passes" : "does not pass")}, {pings} of 3 pings of the gateway answered, NAT-PMP {(mapper ? "answers" : "is silent")}; "
                + $"stopped with exit code {stopped}");
    }

    private static byte[] WithHops(byte[] packet, byte hops)
    {
        packet[8] = hops;
        return PacketBuilder.RefreshHeaderChecksum(packet);
    }

    private static string Arrived(SeenPacket? packet) => packet is null ? "did not arrive" : $"arrived with {packet.TimeToLive}";

    [GeneratedRegex(@"^ *\d+ +(\d+\.\d+\.\d+\.\d+)", RegexOptions.Multiline)]
    private static partial Regex Hop();

    [GeneratedRegex(@"\d+(?= received)")]
    private static partial Regex Received();
}
