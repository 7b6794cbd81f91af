using UdpTun.Conformance.Lab;
using UdpTun.Conformance.Table;

namespace UdpTun.Conformance.Rfcs;

/// <summary>RFC 4787, section 4.3: how long a UDP mapping lives and what keeps it alive. A mapping lives while the internet gets
/// in.</summary>
internal static class Rfc4787Timers
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(0.5);

    internal static IEnumerable<Requirement> Rows { get; } =
    [
        new("RFC 4787 REQ-5", "An idle UDP mapping lives for the time configured, 5 minutes by default, and no longer.", Lifetime)
        {
            Server = Scaled.Timers,
        },
        new("RFC 4787 REQ-6", "What the client sends keeps its mapping alive; what it receives does not, unless configured.",
            OutboundRefresh)
        {
            Server = Scaled.Timers,
        },
        new("RFC 4787 REQ-6 inbound", "What the client receives keeps its mapping alive, where configured.", InboundRefresh)
        {
            Server = [.. Scaled.Timers, "nat.inbound-refresh=on"],
        },
        new("RFC 7857 section 7", "An error that answers the client's packet does not keep its mapping alive.", ErrorsDoNotRefresh)
        {
            Server = Scaled.Timers,
        },
    ];

    private static async Task<Evidence> Lifetime(Laboratory lab)
    {
        using var flow = new CraftedFlow(lab);
        await flow.Leave(flow.Udp());
        await Scaled.Wait(Scaled.Udp / 2);
        var early = await flow.Arrive(flow.UdpBack(), Short);
        await Scaled.Wait(Scaled.Udp / 2 + Scaled.Margin);
        var late = await flow.Arrive(flow.UdpBack(), Short);
        return new(
            early is not null && late is null,
            $"{Scaled.Udp} s: an answer {Got(early)} after {Scaled.Udp / 2} s and {Got(late)} after {Scaled.Udp + Scaled.Margin} s");
    }

    private static async Task<Evidence> OutboundRefresh(Laboratory lab)
    {
        using var sender = new CraftedFlow(lab);
        using var listener = new CraftedFlow(lab);
        await sender.Leave(sender.Udp());
        await listener.Leave(listener.Udp());
        var answers = 0;
        for (var i = 0; i < 4; i++)
        {
            await Scaled.Wait(Scaled.Udp / 2);
            await sender.Leave(sender.Udp());
            if (await listener.Arrive(listener.UdpBack(), Short) is not null) answers++;
        }

        var kept = await sender.Arrive(sender.UdpBack(), Short);
        return new(
            kept is not null && answers is > 0 and < 4,
            $"{Scaled.Udp} s: after {Scaled.Udp * 2} s of sending an answer {Got(kept)}; of 4 to a client that was silent {answers} got "
                + "in");
    }

    private static async Task<Evidence> InboundRefresh(Laboratory lab)
    {
        using var flow = new CraftedFlow(lab);
        await flow.Leave(flow.Udp());
        var answers = 0;
        for (var i = 0; i < 4; i++)
        {
            await Scaled.Wait(Scaled.Udp / 2);
            if (await flow.Arrive(flow.UdpBack(), Short) is not null) answers++;
        }

        return new(answers == 4, $"{Scaled.Udp} s: {answers} of 4 answers in {Scaled.Udp * 2} s got in to a client that was silent");
    }

    private static async Task<Evidence> ErrorsDoNotRefresh(Laboratory lab)
    {
        using var flow = new CraftedFlow(lab);
        var left = await flow.Leave(flow.Udp());
        if (left is null) return new(false, "the flow did not reach the internet");
        var errors = 0;
        for (var i = 0; i < 3; i++)
        {
            await Scaled.Wait(Scaled.Udp / 4);
            if (await flow.Arrive(flow.ErrorBack(left, 3, 3), Short) is not null) errors++;
        }

        await Scaled.Wait(Scaled.Udp / 4 + Scaled.Margin);
        var late = await flow.Arrive(flow.UdpBack(), Short);
        return new(errors == 3 && late is null, $"{Scaled.Udp} s: {errors} of 3 ICMP 3/3 reached the client; an answer later {Got(late)}");
    }

    private static string Got(SeenPacket? packet) => packet is null ? "did not get in" : "got in";
}
