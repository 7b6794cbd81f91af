using System.Net.Sockets;
using UdpTun.Conformance.Lab;
using UdpTun.Conformance.Table;
using UdpTun.Net.Flows;
using UdpTun.Testing.Packets;

namespace UdpTun.Conformance.Rfcs;

/// <summary>RFC 5508: ICMP through a NAT. Errors are tried as the internet's routers and hosts would send them, and as forgers
/// would.</summary>
internal static class Rfc5508
{
    private const int Identifier = 4711;
    private const int IpHeader = 20;

    private static readonly TimeSpan Short = TimeSpan.FromSeconds(0.7);

    internal static IEnumerable<Requirement> Rows { get; } =
    [
        new("RFC 5508 REQ-1", "An echo identifier's mapping does not depend on whom it pings, and two clients may use one identifier.",
            QueryMapping),
        new("RFC 5508 REQ-2", "An idle ping's mapping lives for the time configured, 60 seconds by default.",
            QueryTimer) { Server = Scaled.Timers },
        new("RFC 5508 REQ-3",
            "ICMP errors with a wrong checksum, of theirs or of the quoted header, are dropped; the quoted transport's does not matter.",
            ErrorChecks),
        new("RFC 5508 REQ-4", "An error from the internet reaches the client with the packet quoted as the client had sent it.",
            QuoteRestored),
        new("RFC 5508 REQ-5", "An error from a client leaves from the outer address and quotes the packet as the internet sent it.",
            ErrorFromInside),
        new("RFC 5508 REQ-7", "Errors pass between clients that talk by their outer endpoints.", HairpinnedError),
        new("RFC 5508 REQ-10", "Error types that hosts need pass: unreachable, time exceeded; redirects do not.", ErrorTypes),
    ];

    private static async Task<Evidence> QueryMapping(Laboratory lab)
    {
        using var uplink = new Wire(lab.Server, "wan0");
        // One after the other at A: two pings of one identifier would hear each other's replies there.
        var pings = (await Task.WhenAll(Ping(0, Laboratory.Far, 0xA1), Ping(1, Laboratory.Far, 0xB1)))
            .Append(await Ping(0, Laboratory.OtherFar, 0xA2));
        var identifiers = new[] { 0xA1, 0xA2, 0xB1 }.Select(mark => uplink.Seen
            .FirstOrDefault(packet => packet.IsIcmp(8) && lab.IsOuter(packet.Source) && packet.Bytes[^1] == mark)).ToArray();
        var answered = pings.Count(
            output => output.Contains(" 3 received", StringComparison.Ordinal) && !output.Contains("wrong data", StringComparison.Ordinal));
        var (first, other, second) = (identifiers[0], identifiers[1], identifiers[2]);
        return new(
            answered == 3 && first is not null && first.IcmpIdentifier == other?.IcmpIdentifier && second is not null
                && (first.IcmpIdentifier != second.IcmpIdentifier || !first.Source.Equals(second.Source)),
            $"ping -e {Identifier} at once: A as {Told(first)} at one remote and {Told(other)} at another, B as {Told(second)}; "
                + $"{answered} of 3 got all their replies");

        Task<string> Ping(int client, System.Net.IPAddress remote, int mark) => Task.Run(() =>
            lab.Clients[client].Try("ping", "-c3", "-i0.2", "-W2", $"-e{Identifier}", "-p", $"{mark:x2}", $"{remote}").Output);

        static string Told(SeenPacket? packet) => packet is null ? "nothing" : $"{packet.Source} id {packet.IcmpIdentifier}";
    }

    private static async Task<Evidence> QueryTimer(Laboratory lab)
    {
        using var flow = new CraftedFlow(lab);
        var remote = InetAddress.Parse($"{flow.Remote.Address}");
        var left = await flow.Leave(PacketBuilder.EchoRequest(InetAddress.Parse($"{flow.Inner.Address}"), remote, (ushort)flow.Inner.Port));
        if (left is null) return new(false, "the request did not reach the internet");
        var reply = PacketBuilder.EchoReply(remote, InetAddress.Parse($"{left.Source}"), left.IcmpIdentifier);
        await Scaled.Wait(Scaled.Icmp / 2);
        var early = await flow.Arrive(reply, Short);
        await Scaled.Wait(Scaled.Icmp / 2 + Scaled.Margin);
        var late = await flow.Arrive(reply, Short);
        return new(
            early is not null && late is null,
            $"{Scaled.Icmp} s: a reply {(early is null ? "did not get in" : "got in")} after {Scaled.Icmp / 2} s and "
                + $"{(late is null ? "did not get in" : "got in")} "
            + $"after {Scaled.Icmp + Scaled.Margin} s");
    }

    private static async Task<Evidence> ErrorChecks(Laboratory lab)
    {
        using var flow = new CraftedFlow(lab);
        var left = await flow.Leave(flow.Udp([1, 2, 3]));
        if (left is null) return new(false, "the flow did not reach the internet");
        var good = flow.ErrorBack(left, 3, 3);
        var wrongOwn = await flow.Arrive(Flipped(good, IpHeader + 2), Short);
        var wrongQuoted = await flow.Arrive(PacketBuilder.Finish(Flipped(good, IpHeader + 8 + 10)), Short);
        var stranger = await flow.Arrive(PacketBuilder.Finish(Flipped(good, IpHeader + 8 + IpHeader)), Short);
        var wrongTransport = await flow.Arrive(PacketBuilder.Finish(Flipped(good, IpHeader + 8 + IpHeader + 6)), Short);
        return new(
            wrongOwn is null && wrongQuoted is null && stranger is null && wrongTransport is not null,
            $"its own checksum wrong: {Fate(wrongOwn)}; the quoted header's: {Fate(wrongQuoted)}; about a port nobody has: "
                + $"{Fate(stranger)}; "
            + $"the quoted UDP checksum wrong: {Fate(wrongTransport)}");

        static string Fate(SeenPacket? packet) => packet is null ? "dropped" : "passed";
    }

    private static async Task<Evidence> QuoteRestored(Laboratory lab)
    {
        using var flow = new CraftedFlow(lab);
        var sent = flow.Udp([1, 2, 3, 4]);
        var left = await flow.Leave(sent);
        if (left is null) return new(false, "the flow did not reach the internet");
        var error = await flow.Arrive(flow.ErrorBack(left, 3, 3, from: Laboratory.OtherFar));
        if (error is null) return new(false, "the error did not reach the client");
        var quoted = error.Quoted;
        var intact = quoted.From.Equals(flow.Inner) && quoted.To.Equals(flow.Remote)
            && PlainChecksum.OfHeader(quoted.Bytes) == HeaderChecksum(quoted)
            && quoted.Body[..8].SequenceEqual(sent.AsSpan(IpHeader, 8));
        return new(
            intact && error.Source.Equals(Laboratory.OtherFar),
            $"a router's {error} quotes {quoted}; ports, length and UDP checksum "
                + $"{(intact ? "as the client sent them, header checksum right" : "differ from what the client sent")}");
    }

    private static async Task<Evidence> ErrorFromInside(Laboratory lab)
    {
        using var outside = new Wire(lab.Internet, "eth0");
        using var far = lab.FarUdp();
        var closed = lab.ClientUdp(0, Laboratory.FreshPort());
        closed.Send([1], far.Local);
        var outer = far.Receive(Laboratory.Patience)?.From;
        closed.Dispose();
        if (outer is null) return new(false, "the flow did not reach the internet");
        far.Send([2], outer);
        var error = await outside.First(packet => packet.IsIcmp(3, 3));
        return new(
            error is not null && error.Source.Equals(outer.Address) && error.Quoted.To.Equals(outer) && error.Quoted.From.Equals(far.Local),
            error is null ? "no ICMP error left" : $"{error}, quoting {error.Quoted}");
    }

    private static async Task<Evidence> HairpinnedError(Laboratory lab)
    {
        var closed = lab.ClientUdp(1, Laboratory.FreshPort());
        var outer = lab.OuterOf(closed);
        closed.Dispose();
        if (outer is null) return new(false, "B did not reach the internet");
        using var wire = new Wire(lab.Client, "clienttun");
        using var a = lab.ClientUdp(0, Laboratory.FreshPort());
        a.Socket.Connect(outer);
        a.Socket.Send([1]);
        var error = await wire.First(packet => packet.IsIcmp(3, 3));
        var told = Refused(a);
        return new(
            told && error is not null && error.Source.Equals(outer.Address),
            $"A to {outer}, closed at B: {error?.ToString() ?? "no error"}; A's socket {(told ? "was refused" : "heard nothing")}");
    }

    private static async Task<Evidence> ErrorTypes(Laboratory lab)
    {
        using var flow = new CraftedFlow(lab);
        var left = await flow.Leave(flow.Udp([1, 2, 3]));
        if (left is null) return new(false, "the flow did not reach the internet");
        var fates = new List<string>();
        var right = true;
        foreach (var (type, code, passes) in new (
            byte, byte, bool)[] { (3, 0, true), (3, 1, true), (3, 3, true), (3, 13, true), (11, 0, true), (11, 1, true), (5, 0, false),
            (5, 1, false) })
        {
            var arrived = await flow.Arrive(flow.ErrorBack(left, type, code), passes ? null : Short) is not null;
            right &= arrived == passes;
            fates.Add($"{type}/{code} {(arrived ? "passed" : "dropped")}");
        }

        return new(right, $"ICMP {string.Join(", ", fates)}");
    }

    private static bool Refused(ProbeSocket socket)
    {
        try
        {
            socket.Receive(Short);
            return false;
        }
        catch (SocketException refusal) when (refusal.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return true;
        }
    }

    private static byte[] Flipped(byte[] packet, int offset)
    {
        var copy = (byte[])packet.Clone();
        copy[offset] ^= 0x5A;
        return copy;
    }

    private static ushort HeaderChecksum(SeenPacket packet) => (ushort)((packet.Bytes[10] << 8) | packet.Bytes[11]);
}
