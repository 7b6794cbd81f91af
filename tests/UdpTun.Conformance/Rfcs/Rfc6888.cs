using System.Net;
using UdpTun.Conformance.Lab;
using UdpTun.Conformance.Table;
using UdpTun.EndToEnd;

namespace UdpTun.Conformance.Rfcs;

/// <summary>RFC 6888: a NAT that several clients share. Some of its requirements are named in rows of other RFCs.</summary>
internal static class Rfc6888
{
    private const int Quota = 5;
    private const int Flows = 50;
    private const double PortRest = 4;

    private static readonly IPAddress Site = IPAddress.Parse("198.51.100.1");

    internal static IEnumerable<Requirement> Rows { get; } =
    [
        new("RFC 6888 REQ-4", "A client has no more outer ports than its quota.", lab => QuotaHolds(lab, "max-mappings-per-client"))
        {
            Server = [$"nat.max-mappings-per-client={Quota}"],
            Alone = true,
        },
        new("RFC 6888 REQ-5, REQ-11, RFC 5508 REQ-8",
            "A client has no more sessions than its quota; a refusal is told and ends no session.",
            lab => QuotaHolds(lab, "max-sessions-per-client"))
        {
            Server = [$"nat.max-sessions-per-client={Quota}"],
            Alone = true,
        },
        new("RFC 6888 REQ-6", "Configured destinations see the client's own address.", Untranslated)
        {
            Server = ["nat.untranslated-destinations=198.51.100.0/24", "server.inner-routes=10.61.0.0/16"],
            Client = ["client.routes=203.0.113.0/24,198.51.100.0/24"],
        },
        new("RFC 6888 REQ-8", "A freed port rests before another client gets it, 120 seconds by default; its owner may have it back.",
            PortsRest)
        {
            Server = ["nat.ports=20000-20001", $"nat.port-rest={PortRest}s", "nat.timeouts.udp=1s", "nat.sweep-interval=200ms"],
            Alone = true,
        },
        new("RFC 6888 REQ-9", "A client asks for a port by itself, by NAT-PMP (RFC 6886), and is reached there by somebody new.",
            PortMapping)
        {
            Server = ["nat.filtering.udp=address-and-port-dependent"],
            Client = ["client.routes=203.0.113.0/24,192.168.61.1/32"],
            KernelForbids = Rfc4787Filtering.KernelFilters,
        },
        new("RFC 6888 REQ-12", "The log does not tell whom clients talk to.", LogWithoutDestinations) { Alone = true },
        new("RFC 6888 REQ-12 mappings",
            "Where asked to, a journal tells who has which outer port, in one entry a mapping (REQ-14), and still not whom they talk to.",
            JournalOfMappings)
        {
            Server = [$"journal.directory={Laboratory.OwnFolder}/journal"],
            Alone = true,
        },
    ];

    private static async Task<Evidence> QuotaHolds(Laboratory lab, string setting)
    {
        using var wire = new Wire(lab.Client, "clienttun");
        using var far = lab.FarUdp();
        var sockets = Enumerable.Range(0, Flows).Select(_ => lab.ClientUdp(0)).ToArray();
        foreach (var socket in sockets) socket.Send([1], far.Local);
        var refusals = (await wire.Await(packet => packet.IsIcmp(3, 13), Laboratory.Patience, Flows - Quota)).Count;
        var outers = new List<IPEndPoint>();
        while (far.Receive(TimeSpan.FromMilliseconds(300)) is { } datagram) outers.Add(datagram.From);
        foreach (var outer in outers) far.Send([2], outer);
        var alive = sockets.Take(Quota).Count(socket => socket.Receive(TimeSpan.FromMilliseconds(500)) is not null);
        using var other = lab.ClientUdp(1);
        var unharmed = lab.OuterOf(other) is not null;
        var told = lab.ServerProcess.Log.Contains(setting, StringComparison.Ordinal);
        foreach (var socket in sockets) socket.Dispose();
        return new(
            outers.Count == Quota && alive == Quota && refusals > 0 && unharmed && told,
            $"{Flows} flows: {outers.Count} left, {refusals} ICMP 3/13 came back; the first {Quota} still work: {alive}; the other client "
                + $"{(unharmed ? "is unharmed" : "suffers")}; "
            + $"the log {(told ? "names" : "does not name")} {setting}");
    }

    private static Task<Evidence> Untranslated(Laboratory lab)
    {
        lab.Internet.Ip($"addr add {Site}/32 dev lo", $"route add 10.61.0.0/16 via {TunnelTopology.ServerOnInternet}");
        using var client = lab.ClientUdp(0, Laboratory.FreshPort());
        var (there, elsewhere) = (lab.OuterOf(client, Site), lab.OuterOf(client));
        return Task.FromResult(new Evidence(
            TunnelTopology.InnerClient.Equals(there?.Address) && elsewhere is not null && lab.IsOuter(elsewhere.Address),
            $"{Site} saw {there?.ToString() ?? "nothing"}, {Laboratory.Far} saw {elsewhere?.ToString() ?? "nothing"}"));
    }

    private static async Task<Evidence> PortsRest(Laboratory lab)
    {
        if (lab.Exit == Exit.Routed) return await PortsRestByOwner(lab);
        var taken = Enumerable.Range(0, 2).Select(_ => Outer(lab, 0)).ToArray();
        await Scaled.Wait(2);
        var early = Outer(lab, 1);
        await Scaled.Wait(PortRest);
        var late = Outer(lab, 1);
        return new(
            taken.All(outer => outer is not null) && early is null && late is not null,
            $"both ports of the range freed by A: B {Got(early)} 2 s later, and {Got(late)} after {PortRest} s of rest");
    }

    // With an address of its own, A's ports are no other client's: A's own other endpoints count as owners of theirs.
    private static async Task<Evidence> PortsRestByOwner(Laboratory lab)
    {
        var port = Laboratory.FreshPort();
        using var client = lab.ClientUdp(0, port);
        var first = lab.OuterOf(client);
        await Scaled.Wait(2);
        var again = lab.OuterOf(client);
        return new(first is not null && again is not null, $"an endpoint of A had {first}, and once that was freed {again}");
    }

    private static Task<Evidence> PortMapping(Laboratory lab)
    {
        using var inside = lab.ClientUdp(0, 8000);
        var said = lab.Client.Try("natpmpc", "-g", $"{TunnelTopology.Gateway}", "-a", "20080", "8000", "udp", "600").Output;
        var mapped = said.Split('\n').FirstOrDefault(line => line.StartsWith("Mapped", StringComparison.Ordinal)) ?? "no mapping";
        var address = said.Split('\n')
            .FirstOrDefault(line => line.StartsWith("Public IP", StringComparison.Ordinal))?.Split(": ")[1].Trim();
        var reached = false;
        using var far = lab.FarUdp();
        if (IPAddress.TryParse(address, out var outer))
        {
            far.Send([1, 2, 3], new IPEndPoint(outer, 20080));
            reached = inside.Gets([1, 2, 3], TimeSpan.FromSeconds(1.5));
        }

        return Task.FromResult(
            new Evidence(reached,
            $"natpmpc: {mapped.Replace("liftime", "lifetime", StringComparison.Ordinal)}; a stranger's datagram to {address}:20080 "
            + $"{(reached ? "got in" : "did not get in")}"));
    }

    private static Task<Evidence> LogWithoutDestinations(Laboratory lab)
    {
        using var client = lab.ClientUdp(0);
        var outer = lab.OuterOf(client);
        lab.Client.Try("ping", "-c1", "-W2", $"{Laboratory.OtherFar}");
        var naming = NamingRemotes(lab);
        return Task.FromResult(new Evidence(
            outer is not null && naming == 0,
                $"after UDP to {Laboratory.Far} and a ping to {Laboratory.OtherFar}: {naming} lines of the log name them"));
    }

    private static async Task<Evidence> JournalOfMappings(Laboratory lab)
    {
        using var client = lab.ClientUdp(0);
        var outer = lab.OuterOf(client);
        lab.OuterOf(client, Laboratory.OtherFar);
        if (outer is null) return new(false, "no way to the internet");
        await Eventually.Holds("the mapping is in the journal", Laboratory.Patience, () => Shown().Contains($" {outer} "));
        var entries = Shown().Split('\n').Count(line => line.Contains($" {outer} ", StringComparison.Ordinal));
        var naming = LinesNamingRemotes(Shown());
        return new(entries == 1 && naming == 0, $"{outer} at two remotes: {entries} entry tells the port, {naming} name a remote");

        string Shown() => Command.Run(TunnelProcess.Program, "journal", "show", "--directory", $"{lab.StateDirectory}/journal");
    }

    private static int NamingRemotes(Laboratory lab) => LinesNamingRemotes(lab.ServerProcess.Log);

    private static int LinesNamingRemotes(string text) => text.Split('\n').Count(line =>
        line.Contains($"{Laboratory.Far}", StringComparison.Ordinal) || line.Contains($"{Laboratory.OtherFar}", StringComparison.Ordinal));

    private static IPEndPoint? Outer(Laboratory lab, int client)
    {
        using var socket = lab.ClientUdp(client);
        using var remote = lab.FarUdp();
        socket.Send([1], remote.Local);
        return remote.Receive(TimeSpan.FromSeconds(1))?.From;
    }

    private static string Got(IPEndPoint? outer) => outer is null ? "got none" : $"got port {outer.Port}";
}
