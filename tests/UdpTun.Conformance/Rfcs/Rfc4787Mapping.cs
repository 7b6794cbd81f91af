using System.Net;
using UdpTun.Conformance.Lab;
using UdpTun.Conformance.Table;
using UdpTun.Conformance.Tools;

namespace UdpTun.Conformance.Rfcs;

/// <summary>RFC 4787, sections 4.1 and 4.2: which outer endpoint an inner one gets.</summary>
internal static class Rfc4787Mapping
{
    private const int CollidingPorts = 500;

    internal static IEnumerable<Requirement> Rows { get; } =
    [
        new("RFC 4787 REQ-1", "One inner endpoint has one outer endpoint, whatever it talks to.", EndpointIndependentMapping),
        new("RFC 4787 REQ-2, RFC 6888 REQ-2, REQ-3", "Of any outer addresses, no block, a client keeps to one.",
            PairedPooling) { Exits = [Exit.Routed] },
        new("RFC 4787 REQ-3", "Two inner endpoints never share an outer port; when ports run out, a flow is refused.", NoOverloading)
        {
            Server = ["nat.ports=20000-20001"],
            Alone = true,
        },
        new("RFC 4787 REQ-3 classes", "A port below 1024 leaves as one below 1024, a higher one as a higher.",
            PortClasses) { Exits = [Exit.Routed] },
        new("RFC 4787 REQ-4, RFC 7857 section 8", "Even ports leave as even ones and odd as odd, where configured.",
            Parity) { Server = ["nat.port-parity=on"] },
        new("RFC 4787 REQ-7", "Inner addresses may be the same as outer ones.", CollidingAddresses)
        {
            Client = ["client.address=203.0.113.66/32"],
        },
        new("RFC 4787 REQ-11", "Under many colliding flows the NAT behaves as with one.", SameUnderCollisions),
    ];

    private static async Task<Evidence> EndpointIndependentMapping(Laboratory lab)
    {
        await Turnserver.Start(lab);
        var told = Turnserver.Discover(lab, "-m");
        var port = Laboratory.FreshPort();
        using var a = lab.ClientUdp(0, port);
        using var b = lab.ClientUdp(1, port);
        var (first, second, other) = (lab.OuterOf(a), lab.OuterOf(a, Laboratory.OtherFar), lab.OuterOf(b));
        return new(
            told == "Endpoint Independent Mapping" && first is not null && first.Equals(second) && other is not null
                && !other.Equals(first),
            $"coturn: {told}; inner port {port} of A is {first} at one remote and {second} at another, of B {other}");
    }

    private static Task<Evidence> PairedPooling(Laboratory lab)
    {
        var seen = Enumerable.Range(0, 2)
            .Select(client => Outers(lab, client, 200).Select(outer => $"{outer?.Address}").Distinct().ToArray()).ToArray();
        return Task.FromResult(new Evidence(
            seen.All(addresses => addresses.Length == 1) && seen[0][0] != seen[1][0],
            $"pool {string.Join(", ", Laboratory.Pool.Take(3))}: 200 flows of A from {string.Join(", ", seen[0])}, 200 of B from "
                + $"{string.Join(", ", seen[1])}"));
    }

    private static async Task<Evidence> NoOverloading(Laboratory lab)
    {
        using var wire = new Wire(lab.Client, "clienttun");
        var outers = Outers(lab, 0, 2);
        using var third = lab.ClientUdp(0);
        using var remote = lab.FarUdp();
        third.Send([1], remote.Local);
        var refusal = await wire.First(packet => packet.IsIcmp(3, 13));
        var leaked = remote.Receive(TimeSpan.FromMilliseconds(300));
        return new(
            outers.All(outer => outer?.Port is 20000 or 20001) && outers.Distinct().Count() == 2 && refusal is not null && leaked is null,
            $"two flows from ports {string.Join(" and ", outers.Select(outer => outer?.Port))}; the third: "
                + $"{refusal?.ToString() ?? "not refused"}");
    }

    private static Task<Evidence> PortClasses(Laboratory lab)
    {
        using var low = lab.ClientUdp(0, 500);
        using var high = lab.ClientUdp(0, 5000);
        var (lowOuter, highOuter) = (lab.OuterOf(low), lab.OuterOf(high));
        return Task.FromResult(
            new Evidence(lowOuter?.Port < 1024 && highOuter?.Port >= 1024, $"port 500 left as {lowOuter}, 5000 as {highOuter}"));
    }

    private static Task<Evidence> Parity(Laboratory lab)
    {
        var first = 30000;
        var kept = Enumerable.Range(first, 100).Count(port =>
        {
            using var socket = lab.ClientUdp(0, port);
            return lab.OuterOf(socket) is { } outer && outer.Port % 2 == port % 2;
        });
        return Task.FromResult(new Evidence(kept == 100, $"{kept} of 100 ports kept their parity"));
    }

    private static Task<Evidence> CollidingAddresses(Laboratory lab)
    {
        using var a = lab.ClientUdp(0, 25000);
        using var b = lab.ClientUdp(1, 25000);
        var outers = new[] { lab.OuterOf(a), lab.OuterOf(b) };
        return Task.FromResult(new Evidence(
            outers.All(outer => outer is not null && lab.IsOuter(outer.Address)) && outers.Distinct().Count() == 2,
            $"inner address 203.0.113.66 at both clients, in the internet's range: seen as {outers[0]} and {outers[1]}"));
    }

    private static Task<Evidence> SameUnderCollisions(Laboratory lab)
    {
        using var far = lab.FarUdp();
        using var other = lab.FarUdp(Laboratory.OtherFar);
        var first = new HashSet<IPEndPoint>();
        var kept = 0;
        for (var port = 40000; port < 40000 + CollidingPorts; port++)
        {
            foreach (var client in new[] { 0, 1 })
            {
                using var socket = lab.ClientUdp(client, port);
                socket.Send([1], far.Local);
                socket.Send([1], other.Local);
                if (far.Receive(Laboratory.Patience) is not { } one || other.Receive(Laboratory.Patience) is not { } two) continue;
                first.Add(one.From);
                kept += one.From.Equals(two.From) ? 1 : 0;
            }
        }

        return Task.FromResult(new Evidence(
            first.Count == 2 * CollidingPorts && kept == 2 * CollidingPorts,
            $"{CollidingPorts} equal inner endpoints at each of two clients: {first.Count} outer ones, {kept} of them the same at a "
                + "second remote"));
    }

    private static IPEndPoint?[] Outers(Laboratory lab, int client, int count) => [.. Enumerable.Range(0, count).Select(_ =>
    {
        using var socket = lab.ClientUdp(client);
        return lab.OuterOf(socket);
    })];
}
