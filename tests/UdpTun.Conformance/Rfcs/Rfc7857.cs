using UdpTun.Conformance.Lab;
using UdpTun.Conformance.Table;
using UdpTun.Net.Flows;
using UdpTun.Net.Headers;
using UdpTun.Testing.Packets;

namespace UdpTun.Conformance.Rfcs;

/// <summary>RFC 7857, which amends the others: what it says of RSTs, IP identifications and hairpinned pings.</summary>
internal static class Rfc7857
{
    private const ushort SameIdentification = 0x4242;

    private static readonly TimeSpan Short = TimeSpan.FromSeconds(0.7);

    internal static IEnumerable<Requirement> Rows { get; } =
    [
        new("RFC 7857 section 2.2", "A RST, which may be forged, ends nothing at once: the connection goes on if its traffic does.",
            ResetSurvived)
        {
            Server = Scaled.Timers,
        },
        new("RFC 7857 section 10, RFC 6864", "Packets of two clients with one IP identification leave with two.", IdentificationsDiffer),
        new("RFC 7857 section 10, RFC 6864 fragments", "The fragments of a datagram keep one identification, and no other datagram's.",
            FragmentsKeepTheirs),
        new("RFC 7857 section 12", "A client's ping of its own outer address is answered.", HairpinnedPing),
    ];

    private static async Task<Evidence> ResetSurvived(Laboratory lab)
    {
        using var flow = new CraftedFlow(lab);
        using var ended = new CraftedFlow(lab);
        if (!await flow.OpenTcp() || !await ended.OpenTcp()) return new(false, "a connection did not open");
        await flow.Arrive(flow.TcpBack(TcpFlags.Rst, 5001, 0));
        await ended.Arrive(ended.TcpBack(TcpFlags.Rst, 5001, 0));
        var after = await flow.Leave(flow.Tcp(TcpFlags.Ack, 1001, 5001, "a"u8)) is not null
            && await flow.Arrive(flow.TcpBack(TcpFlags.Ack, 5001, 1002, "b"u8)) is not null;
        await Scaled.Wait(Scaled.TcpClosing + Scaled.Margin);
        var still = await flow.Arrive(flow.TcpBack(TcpFlags.Ack, 5002, 1002, "c"u8), Short);
        var gone = await ended.Arrive(ended.TcpBack(TcpFlags.Ack, 5001, 1001, "d"u8), Short);
        return new(
            after && still is not null && gone is null,
            $"data both ways after a RST {(after ? "passed" : "did not pass")}; {Scaled.TcpClosing + Scaled.Margin} s later that "
                + $"connection is {Alive(still)}, one "
            + $"that was silent after its RST {Alive(gone)} (closing {Scaled.TcpClosing} s)");
    }

    private static async Task<Evidence> IdentificationsDiffer(Laboratory lab)
    {
        using var a = new CraftedFlow(lab);
        using var b = new CraftedFlow(lab, client: 1, innerPort: a.Inner.Port, remote: a.Remote);
        foreach (var flow in new[] { a, b }) flow.Inside.Send(Marked(flow.Udp()));
        var left = await a.Outside.Await(packet => packet.IsUdpTo(a.Remote), Laboratory.Patience, count: 2);
        return new(
            left.Count == 2 && left.Select(packet => (packet.Source, packet.Identification)).Distinct().Count() == 2,
            $"both clients sent 0x{SameIdentification:x4}; "
            + string.Join(", ", left.Select(packet => $"{packet} left with 0x{packet.Identification:x4}")));
    }

    private static async Task<Evidence> FragmentsKeepTheirs(Laboratory lab)
    {
        using var a = new CraftedFlow(lab);
        using var b = new CraftedFlow(lab, client: 1, innerPort: a.Inner.Port, remote: a.Remote);
        foreach (var flow in new[] { a, b })
            foreach (var fragment in Fragmenter.Cut(Marked(flow.Udp(data: new byte[3000])), 1000, SameIdentification)) flow.Inside.Send(
                fragment);
        var left = await a.Outside.Await(packet => packet.Destination.Equals(a.Remote.Address), Laboratory.Patience, count: 8);
        var datagrams = left.GroupBy(packet => (packet.Source, packet.Identification)).Select(group => group.Count()).ToArray();
        return new(
            datagrams.Length == 2 && datagrams.All(count => count == 4),
            $"a datagram in 4 fragments of each client, all 0x{SameIdentification:x4}: {left.Count} fragments left, under "
            + $"{string.Join(" and ", left.Select(packet => $"0x{packet.Identification:x4}").Distinct())}");
    }

    // The identifier of a request is all that could tell one client from another, and it leads back to whoever asks.
    private static async Task<Evidence> HairpinnedPing(Laboratory lab)
    {
        using var flow = new CraftedFlow(lab);
        var opened = await flow.Leave(PacketBuilder.EchoRequest(
            InetAddress.Parse($"{flow.Inner.Address}"), InetAddress.Parse($"{flow.Remote.Address}"), (ushort)flow.Inner.Port));
        if (opened is null) return new(false, "the client did not reach the internet");
        var ping = lab.Client.Try("ping", "-c3", "-i0.2", "-W2", $"{opened.Source}").Output;
        var summary = ping.Split('\n').FirstOrDefault(line => line.Contains("received", StringComparison.Ordinal));
        return new(summary?.Contains("3 received", StringComparison.Ordinal) == true, $"the client pinged {opened.Source}, as which it leaves: {summary}");
    }

    // May be fragmented (RFC 6864 asks nothing of the others), and bears an identification.
    private static byte[] Marked(byte[] packet)
    {
        (packet[4], packet[5], packet[6]) = (SameIdentification >> 8, SameIdentification & 0xFF, 0);
        return PacketBuilder.RefreshHeaderChecksum(packet);
    }

    private static string Alive(SeenPacket? packet) => packet is null ? "gone" : "alive";
}
