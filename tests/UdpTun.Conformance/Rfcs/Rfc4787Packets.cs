using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using UdpTun.Conformance.Lab;
using UdpTun.Conformance.Table;
using UdpTun.Conformance.Tools;
using UdpTun.EndToEnd;

namespace UdpTun.Conformance.Rfcs;

/// <summary>RFC 4787, sections 7 to 11: payloads, ICMP, the MTU and fragments.</summary>
internal static partial class Rfc4787Packets
{
    private const int NarrowMtu = 1300;
    private const int HeadlessFragments = 10_000;

    internal static IEnumerable<Requirement> Rows { get; } =
    [
        new("RFC 4787 REQ-10, RFC 5382 REQ-6", "No payload is rewritten, not even addresses in it.", PayloadsUntouched),
        new("RFC 4787 REQ-12, RFC 5508 REQ-6", "No ICMP message ends a mapping or a session.", IcmpEndsNothing),
        new("RFC 4787 REQ-13", "Too large and not to be fragmented: ICMP 3/4 tells the MTU of a narrower link behind the server.",
            TooBigBehind)
        {
            Alone = true,
        },
        new("RFC 4787 REQ-13 tunnel", "Too large for the tunnel, from the internet: ICMP 3/4 tells the tunnel's MTU.", TooBigForTunnel),
        new("RFC 4787 REQ-13 fragment", "Too large and free to be fragmented: it arrives in fragments.", LargePing),
        new("RFC 4787 REQ-14", "Fragments pass whatever their order.", FragmentsInAnyOrder),
        new("RFC 4787 REQ-14 overlap", "A datagram whose fragments overlap goes no further (RFC 5722).", OverlapsDropped),
        new("RFC 4787 REQ-14 bound", "Fragments whose first never comes take bounded memory, and others still pass.", HeadlessBounded),
    ];

    private static async Task<Evidence> PayloadsUntouched(Laboratory lab)
    {
        var sip = Encoding.ASCII.GetBytes(
            "INVITE sip:bob@203.0.113.10 SIP/2.0\r\nVia: SIP/2.0/UDP 10.61.0.2:5060\r\nc=IN IP4 10.61.0.2\r\n");
        var ftp = Encoding.ASCII.GetBytes("PORT 10,61,0,2,97,168\r\n");
        using var phone = lab.ClientUdp(0, 5060);
        using var proxy = lab.FarUdp(port: 5060);
        phone.Send(sip, proxy.Local);
        var call = proxy.Gets(sip, Laboratory.Patience);

        using var listener = Rfc5382.Listen(lab.Internet, new IPEndPoint(Laboratory.Far, 21));
        using var control = lab.Client.OpenTcp(System.Net.Sockets.AddressFamily.InterNetwork);
        await Rfc5382.Connect(control, new IPEndPoint(Laboratory.Far, 21));
        using var server = await listener.AcceptAsync();
        await control.SendAsync(ftp);
        var buffer = new byte[100];
        var length = await server.ReceiveAsync(buffer);
        var command = ftp.AsSpan().SequenceEqual(buffer.AsSpan(0, length));
        return new(call && command,
            $"a SIP INVITE to UDP 5060 {Whole(call)}, an FTP PORT to TCP 21 {Whole(command)}, with 10.61.0.2 in them");
    }

    private static Task<Evidence> IcmpEndsNothing(Laboratory lab)
    {
        using var client = lab.ClientUdp(0, Laboratory.FreshPort());
        using var far = lab.FarUdp();
        client.Send([1], far.Local);
        if (far.Receive(Laboratory.Patience) is not { From: var before }) return Task.FromResult(new Evidence(false, "no way out"));
        var sent = Scapy.Run(lab.Internet, "every_icmp_type.py", far.Local.Address, before.Address, before.Port, far.Local.Address,
            far.Local.Port);
        far.Send([2], before);
        var inward = client.Gets([2], Laboratory.Patience);
        client.Send([3], far.Local);
        var after = far.Receive(Laboratory.Patience)?.From;
        return Task.FromResult(new Evidence(
            inward && before.Equals(after),
            $"after {sent} ICMP messages of 254 types about {before}: data {(inward ? "got in" : "did not get in")}, data left from "
                + $"{after}"));
    }

    private static async Task<Evidence> TooBigBehind(Laboratory lab)
    {
        lab.Server.Ip($"link set wan0 mtu {NarrowMtu}");
        using var wire = new Wire(lab.Client, "clienttun");
        lab.Client.Try("ping", "-c1", "-W1", "-Mdo", "-s1350", $"{Laboratory.Far}");
        var told = await wire.First(packet => packet.IsIcmp(3, 4));
        var path = PathMtu().Match(lab.Client.Try("tracepath", "-n", "-m4", $"{Laboratory.Far}").Output).Groups[1].Value;
        lab.Server.Ip("link set wan0 mtu 1500");
        return new(
            told?.NextHopMtu == NarrowMtu && path == $"{NarrowMtu}",
            $"a link of {NarrowMtu}: {told?.ToString() ?? "no ICMP 3/4"}, MTU {told?.NextHopMtu}; tracepath: pmtu {path}");
    }

    private static async Task<Evidence> TooBigForTunnel(Laboratory lab)
    {
        using var flow = new CraftedFlow(lab);
        if (await flow.Leave(flow.Udp()) is null) return new(false, "the flow did not reach the internet");
        var asked = flow.Outside.Now;
        flow.Outside.Send(flow.UdpBack(data: new byte[1472]));
        var told = await flow.Outside.First(
            packet => packet.At > asked && packet.IsIcmp(3, 4) && packet.Destination.Equals(flow.Remote.Address));
        var mtu = int.Parse(lab.Client.Run("cat", "/sys/class/net/clienttun/mtu"), CultureInfo.InvariantCulture);
        var restored = told is not null && told.Quoted.To.Equals(flow.Outer);
        return new(
            told is not null && told.NextHopMtu <= mtu && told.NextHopMtu >= 1280 && restored,
            $"1500 bytes with DF into a tunnel of {mtu}: {told?.ToString() ?? "no ICMP 3/4"}, MTU {told?.NextHopMtu}, quoting a packet to "
                + $"{told?.Quoted.To}");
    }

    private static Task<Evidence> LargePing(Laboratory lab)
    {
        using var uplink = new Wire(lab.Server, "wan0");
        var output = lab.Client.Try("ping", "-c3", "-i0.2", "-W2", "-Mdont", "-s4000", $"{Laboratory.Far}").Output;
        var received = Received().Match(output).Groups[1].Value;
        var fragments = uplink.Seen.Count(packet => packet.IsFragment && lab.IsOuter(packet.Source));
        return Task.FromResult(new Evidence(
            received == "3" && fragments > 0,
            $"pings of 4000 bytes: {received} of 3 answered, {fragments} fragments left at the uplink"));
    }

    private static Task<Evidence> FragmentsInAnyOrder(Laboratory lab)
    {
        var arrived = new List<string>();
        var all = true;
        foreach (var order in new[] { "reversed", "shuffled" })
        {
            using var far = lab.FarUdp();
            Scapy.Run(lab.Client, "fragments.py", order, TunnelTopology.InnerClient, Laboratory.FreshPort(), far.Local.Address,
                far.Local.Port, 5);
            var whole = Enumerable.Range(0, 5).Count(_ => far.Receive(TimeSpan.FromSeconds(1))?.Data.Length == 4000);
            using var client = lab.ClientUdp(0, Laboratory.FreshPort());
            client.Send([1], far.Local);
            var outer = far.Receive(Laboratory.Patience)?.From ?? new IPEndPoint(IPAddress.None, 0);
            Scapy.Run(lab.Internet, "fragments.py", order, far.Local.Address, far.Local.Port, outer.Address, outer.Port, 5);
            var back = Enumerable.Range(0, 5).Count(_ => client.Receive(TimeSpan.FromSeconds(1))?.Data.Length == 4000);
            arrived.Add($"{order}: {whole} of 5 out, {back} of 5 in");
            all &= whole == 5 && back == 5;
        }

        return Task.FromResult(new Evidence(all, $"datagrams in 5 fragments, {string.Join("; ", arrived)}"));
    }

    private static async Task<Evidence> OverlapsDropped(Laboratory lab)
    {
        using var far = lab.FarUdp();
        using var uplink = new Wire(lab.Server, "wan0");
        Scapy.Run(lab.Client, "fragments.py", "overlapping", TunnelTopology.InnerClient, Laboratory.FreshPort(), far.Local.Address,
            far.Local.Port, 3);
        var whole = far.Receive(TimeSpan.FromSeconds(1));
        var forged = (await uplink.Await(packet => packet.Body.IndexOf("!!!!!!!!"u8) >= 0, TimeSpan.Zero)).Count;
        return new(whole is null && forged == 0,
            $"3 datagrams with a forged overlap: {(whole is null ? "none" : "some")} arrived, {forged} forged fragments at the uplink");
    }

    private static Task<Evidence> HeadlessBounded(Laboratory lab)
    {
        using var far = lab.FarUdp();
        var before = Memory(lab);
        Scapy.Run(lab.Client, "fragments.py", "headless", TunnelTopology.InnerClient, 9, far.Local.Address, far.Local.Port,
            HeadlessFragments);
        var grown = Memory(lab) - before;
        var outer = lab.OuterOf(lab.ClientUdp(1));
        return Task.FromResult(new Evidence(
            grown < 32 * 1024 && outer is not null,
            $"{HeadlessFragments} of them: the server's memory grew by {Math.Max(0, grown) / 1024} MB; another client's datagram "
                + $"{(outer is null ? "did not pass" : "passed")}"));
    }

    /// <summary>Resident memory of the server's process in kB.</summary>
    private static long Memory(Laboratory lab)
    {
        var status = File.ReadAllLines($"/proc/{lab.ServerProcess.Id}/status");
        return long.Parse(status.First(line => line.StartsWith("VmRSS", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }



    private static string Whole(bool same) => same ? "arrived byte for byte" : "was changed";

    [GeneratedRegex(@"Resume: pmtu (\d+)")]
    private static partial Regex PathMtu();

    [GeneratedRegex(@"(\d+) received")]
    private static partial Regex Received();
}
