using System.Text.RegularExpressions;
using UdpTun.Conformance.Lab;
using UdpTun.Conformance.Table;
using UdpTun.Testing.Packets;

namespace UdpTun.Conformance.Rfcs;

/// <summary>RFC 1812: the server is one hop like any router, and does not talk too much. The tools are those that people debug
/// with.</summary>
internal static partial class HopsAndRates
{
    private const int Flood = 2000;
    private const string Route = "192.168.61.1, 203.0.113.10";

    internal static IEnumerable<Requirement> Rows { get; } =
    [
        new("RFC 1812 hops UDP", "traceroute by UDP shows the server as one hop.", lab =>
            Trace(lab, "traceroute", "-n", "-q1", "-w2", "-m5", "-U")),
        new("RFC 1812 hops ICMP", "traceroute by ICMP does, too.", lab => Trace(lab, "traceroute", "-n", "-q1", "-w2", "-m5", "-I")),
        new("RFC 1812 hops TCP", "traceroute by TCP does, too.", lab =>
            Trace(lab, "traceroute", "-n", "-q1", "-w2", "-m5", "-T", "-p", "9")),
        new("RFC 1812 hops mtr", "mtr does, too, and loses nothing.", lab => Trace(lab, "mtr", "-r", "-n", "-c3", "-i0.3")),
        new("RFC 1812 hops tracepath", "tracepath does, too, and finds the tunnel's MTU.", lab => Trace(lab, "tracepath", "-n", "-m5")),
        new("RFC 1812 5.3.1", "A packet loses one hop on its way from TUN to uplink and one on the way back.", OneHop),
        new("RFC 1812 5.3.1 outside", "A packet from the internet with no hop left is answered by ICMP 11/0.", LastHopFromOutside),
        new("RFC 1812 4.3.2.8", "Answers to a flood of packets without a hop left are limited in rate.", AnswersLimited),
        new("RFC 1812 4.3.2.7", "No ICMP error answers an ICMP error, a later fragment or a packet from nowhere.", NotWhenForbidden),
    ];

    private static Task<Evidence> Trace(Laboratory lab, params string[] command)
    {
        var output = lab.Client.Try([.. command, $"{Laboratory.Far}"]).Output;
        // tracepath tells a hop twice when it learns something, and its own host as hop 1.
        var hops = string.Join(", ", Hop().Matches(output).Select(match => match.Groups[1].Value + match.Groups[2].Value).Distinct());
        var loss = command[0] != "mtr" || Lossless().Count(output) == 2;
        return Task.FromResult(new Evidence(hops == Route && loss, $"{string.Join(' ', command)}: {(hops.Length > 0 ? hops : "nothing")}"));
    }

    private static async Task<Evidence> OneHop(Laboratory lab)
    {
        using var flow = new CraftedFlow(lab);
        var left = await flow.Leave(flow.Udp());
        if (left is null) return new(false, "the flow did not reach the internet");
        var came = await flow.Arrive(flow.UdpBack());
        return new(left.TimeToLive == 63 && came?.TimeToLive == 63,
            $"sent with TTL 64, seen in the internet with {left.TimeToLive}, at the client with {came?.TimeToLive}");
    }

    private static async Task<Evidence> LastHopFromOutside(Laboratory lab)
    {
        using var flow = new CraftedFlow(lab);
        if (await flow.Leave(flow.Udp()) is null) return new(false, "the flow did not reach the internet");
        var asked = flow.Outside.Now;
        var packet = flow.UdpBack();
        packet[8] = 1;
        flow.Outside.Send(PacketBuilder.RefreshHeaderChecksum(packet));
        var answer = await flow.Outside.First(it => it.At > asked && it.IsIcmp(11) && it.Destination.Equals(flow.Remote.Address));
        return new(answer is not null && answer.Quoted.To.Equals(flow.Outer), answer is null ? "no answer"
            : $"{answer}, quoting a packet to {answer.Quoted.To}");
    }

    private static Task<Evidence> AnswersLimited(Laboratory lab)
    {
        using var wire = new Wire(lab.Clients[1], "clienttun");
        lab.Clients[1].Try("hping3", "--udp", "--ttl", "1", "--keep", "--baseport", "9000", "--interval", "u200", "--count", $"{Flood}",
            "--quiet", $"{Laboratory.Far}");
        var (asked, answers) = (wire.Seen.Count(it => it.Protocol == SeenPacket.Udp), wire.Seen.Count(it => it.IsIcmp(11)));
        return Task.FromResult(new Evidence(
            asked >= Flood && answers > 0 && answers < Flood / 4,
                $"hping3: {asked} packets with TTL 1 within a second, {answers} answers"));
    }

    private static async Task<Evidence> NotWhenForbidden(Laboratory lab)
    {
        using var flow = new CraftedFlow(lab);
        var left = await flow.Leave(flow.Udp([1, 2, 3]));
        if (left is null) return new(false, "the flow did not reach the internet");
        var error = flow.ErrorBack(left, 3, 3);
        error[8] = 1;
        var fragment = flow.UdpBack(data: new byte[64]);
        (fragment[6], fragment[7], fragment[8]) = (0, 4, 1);
        var nowhere = flow.UdpBack();
        (nowhere[12], nowhere[8]) = (127, 1);
        var asked = flow.Outside.Now;
        foreach (var packet in new[] { error, fragment, nowhere }) flow.Outside.Send(PacketBuilder.RefreshHeaderChecksum(packet));
        var answers = await flow.Outside.Await(it => it.At > asked && it.IsIcmp(11), TimeSpan.FromSeconds(1));
        return new(answers.Count == 0,
            $"an ICMP error, a later fragment and a packet from 127.0.113.12, all with TTL 1: {answers.Count} answers");
    }

    [GeneratedRegex(@"^ *\d+[.:][ |-]+(\d+\.\d+\.\d+\.\d+)|^ *\d+ +(\d+\.\d+\.\d+\.\d+)", RegexOptions.Multiline)]
    private static partial Regex Hop();

    [GeneratedRegex(@" 0\.0% ")]
    private static partial Regex Lossless();
}
