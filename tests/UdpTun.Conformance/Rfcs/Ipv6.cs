using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using UdpTun.Conformance.Lab;
using UdpTun.Conformance.Table;
using UdpTun.EndToEnd;

namespace UdpTun.Conformance.Rfcs;

/// <summary>IPv6 inside the tunnel, through the same NAT (NAT66), and outside it.</summary>
internal static partial class Ipv6
{
    private const int NarrowMtu = 1300;

    internal static IEnumerable<Requirement> Rows { get; } =
    [
        new("IPv6 ping", "Pings of both clients are answered, from one inner address and identifier.", Ping),
        new("IPv6 UDP mapping", "One inner endpoint has one outer endpoint, whatever it talks to.", Mapping),
        new("IPv6 TCP", "Connections pass, and the outer address is shown.", Tcp),
        new("IPv6 filtering", "Everybody reaches a mapped port, by default.", Filtering) { KernelForbids = Rfc4787Filtering.KernelFilters },
        new("IPv6 errors", "ICMPv6 errors reach the client's socket.", Errors),
        new("IPv6 hops", "tracepath shows the server as one hop.", Hops),
        new("IPv6 packet too big", "A narrower link behind the server is told to the client (ICMPv6 type 2).", TooBig) { Alone = true },
        new("IPv6 fragments", "Pings larger than the tunnel are answered once the internet host knows its MTU.", Fragments),
        new("IPv6 outside", "The tunnel's datagrams travel by IPv6, too.", Outside) { Exits = [Exit.PortRange],
            Server = ["server.listen=[::]:9877"], Alone = true },
    ];

    private static async Task<Evidence> Ping(Laboratory lab)
    {
        var outputs = await Task.WhenAll(lab.Clients.Select(client => Task.Run(() =>
            client.Try("ping", "-6", "-c3", "-i0.2", "-W2", "-e4711", $"{Laboratory.Far6}").Output)));
        var answered = outputs.Select(output => Received().Match(output).Groups[1].Value).ToArray();
        return new(answered.All(count => count == "3"),
            $"ping -6 -e 4711 at once: {answered[0]} of 3 answered for A, {answered[1]} of 3 for B");
    }

    private static Task<Evidence> Mapping(Laboratory lab)
    {
        var port = Laboratory.FreshPort();
        using var a = Udp(lab.Clients[0], port);
        using var b = Udp(lab.Clients[1], port);
        var (first, second, other) = (Outer(lab, a, Laboratory.Far6), Outer(lab, a, Laboratory.OtherFar6), Outer(lab, b, Laboratory.Far6));
        return Task.FromResult(new Evidence(
            first is not null && lab.IsOuter(first.Address) && first.Equals(second) && other is not null && !other.Equals(first),
            $"[fd61::2]:{port} of A is {Told(first)} at one remote and {Told(second)} at another, of B {Told(other)}"));
    }

    private static async Task<Evidence> Tcp(Laboratory lab)
    {
        using var listener = lab.Internet.OpenTcp(AddressFamily.InterNetworkV6);
        listener.Bind(new IPEndPoint(Laboratory.Far6, 0));
        listener.Listen();
        using var socket = lab.Client.OpenTcp(AddressFamily.InterNetworkV6);
        await Rfc5382.Connect(socket, (IPEndPoint)listener.LocalEndPoint!);
        using var accepted = await listener.AcceptAsync();
        var seen = (IPEndPoint)accepted.RemoteEndPoint!;
        return new(lab.IsOuter(seen.Address), $"the internet host saw {seen}");
    }

    private static Task<Evidence> Filtering(Laboratory lab)
    {
        using var client = Udp(lab.Client, Laboratory.FreshPort());
        var outer = Outer(lab, client, Laboratory.Far6);
        if (outer is null) return Task.FromResult(new Evidence(false, "no way to the internet"));
        using var stranger = lab.FarUdp(Laboratory.OtherFar6);
        stranger.Send([1, 2], outer);
        var reached = client.Gets([1, 2], TimeSpan.FromSeconds(1));
        return Task.FromResult(new Evidence(reached, $"a stranger's datagram to {outer} {(reached ? "got in" : "did not get in")}"));
    }

    private static Task<Evidence> Errors(Laboratory lab)
    {
        using var client = Udp(lab.Client, 0);
        client.Socket.Connect(new IPEndPoint(Laboratory.Far6, 4242));
        client.Socket.Send([1]);
        try
        {
            client.Receive(Laboratory.Patience);
            return Task.FromResult(new Evidence(false, "a datagram to a closed port: the socket heard nothing"));
        }
        catch (SocketException refusal)
        {
            return Task.FromResult(new Evidence(
                refusal.SocketErrorCode == SocketError.ConnectionRefused,
                    $"a datagram to a closed port: the socket was told {refusal.SocketErrorCode}"));
        }
    }

    private static Task<Evidence> Hops(Laboratory lab)
    {
        var hops = string.Join(
            ", ", Hop().Matches(lab.Client.Try("tracepath", "-6", "-n", "-m5", $"{Laboratory.Far6}").Output)
            .Select(match => match.Groups[1].Value).Distinct());
        return Task.FromResult(new Evidence(hops == $"fd61::1, {Laboratory.Far6}", $"tracepath -6: {hops}"));
    }

    private static Task<Evidence> TooBig(Laboratory lab)
    {
        lab.Server.Ip($"link set wan0 mtu {NarrowMtu}");
        var ping = lab.Client.Try("ping", "-6", "-c1", "-W2", "-Mdo", "-s1350", $"{Laboratory.Far6}").Output;
        var route = lab.Client.Run("ip", "-6", "route", "get", $"{Laboratory.Far6}");
        lab.Server.Ip("link set wan0 mtu 1500");
        var told = Mtu().Match(route).Groups[1].Value;
        return Task.FromResult(new Evidence(
            told == $"{NarrowMtu}",
                $"a link of {NarrowMtu}: the client's route has mtu {told}; ping: "
                + $"{ping.Split('\n').FirstOrDefault(line => line.Contains("big", StringComparison.Ordinal))}"));
    }

    private static Task<Evidence> Fragments(Laboratory lab)
    {
        // IPv6 routers do not cut what they forward: the first reply tells the internet host the tunnel's MTU, and is lost.
        lab.Client.Try("ping", "-6", "-c1", "-W1", "-s4000", $"{Laboratory.Far6}");
        var count = Received().Match(lab.Client.Try("ping", "-6", "-c3", "-i0.2", "-W2", "-s4000", $"{Laboratory.Far6}").Output)
            .Groups[1].Value;
        return Task.FromResult(new Evidence(count == "3", $"pings of 4000 bytes: {count} of 3 answered"));
    }

    private static async Task<Evidence> Outside(Laboratory lab)
    {
        await lab.RestartClient(1, "[fd77:1::1]");
        using var path = new Wire(lab.Server, "lan1");
        using var client = lab.ClientUdp(0);
        var outer = lab.OuterOf(client);
        var carried = await path.First(packet => packet.IsV6 && packet.Protocol == SeenPacket.Udp);
        return new(outer is not null && carried is not null,
            $"client to [fd77:1::1]:9877: {carried?.ToString() ?? "nothing"}; the internet host saw {Told(outer)}");
    }

    private static ProbeSocket Udp(NetworkNamespace host, int port) => new(host.OpenUdp(new IPEndPoint(IPAddress.IPv6Any, port)));

    private static IPEndPoint? Outer(Laboratory lab, ProbeSocket client, IPAddress far)
    {
        using var remote = lab.FarUdp(far);
        client.Send([1], remote.Local);
        return remote.Receive(Laboratory.Patience)?.From;
    }

    private static string Told(IPEndPoint? endpoint) => endpoint?.ToString() ?? "nothing";

    [GeneratedRegex(@"(\d+) received")]
    private static partial Regex Received();

    [GeneratedRegex(@"^ *\d+: +([0-9a-f:]+) ", RegexOptions.Multiline)]
    private static partial Regex Hop();

    [GeneratedRegex(@"mtu (\d+)")]
    private static partial Regex Mtu();
}
