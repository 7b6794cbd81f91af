using UdpTun.Conformance.Lab;
using UdpTun.Conformance.Table;
using UdpTun.Conformance.Tools;

namespace UdpTun.Conformance.Rfcs;

/// <summary>RFC 4787, sections 5 and 6: whom a mapping lets in, and how clients reach each other through it.</summary>
internal static class Rfc4787Filtering
{
    internal const string KernelFilters = "the kernel filters";

    internal static IEnumerable<Requirement> Rows { get; } =
    [
        new("RFC 4787 REQ-8, RFC 6888 REQ-7", "Everybody reaches a mapped port, by default.", lab =>
            Class(lab, "Endpoint Independent Filtering"))
        {
            KernelForbids = KernelFilters,
        },
        new("RFC 4787 REQ-8 address", "Only addresses that the client has sent to, where configured.", lab =>
            Class(lab, "Address Dependent Filtering"))
        {
            Server = ["nat.filtering.udp=address-dependent"],
            KernelForbids = KernelFilters,
        },
        new("RFC 4787 REQ-8 port", "Only endpoints that the client has sent to, where configured.",
            lab => Class(lab, "Address and Port Dependent Filtering"))
        {
            Server = ["nat.filtering.udp=address-and-port-dependent"],
        },
        new("RFC 4787 REQ-9", "Clients reach each other by their outer endpoints, and the sender is shown as its own.", Hairpin),
    ];

    private static async Task<Evidence> Class(Laboratory lab, string wanted)
    {
        await Turnserver.Start(lab);
        var told = Turnserver.Discover(lab, "-f");
        return new(told == wanted, $"coturn: {told}");
    }

    private static async Task<Evidence> Hairpin(Laboratory lab)
    {
        await Turnserver.Start(lab);
        var told = Turnserver.Discover(lab, "-H");
        var port = Laboratory.FreshPort();
        using var a = lab.ClientUdp(0, port);
        using var b = lab.ClientUdp(1, port);
        var (outerA, outerB) = (lab.OuterOf(a), lab.OuterOf(b));
        if (outerA is null || outerB is null) return new(false, "a client did not reach the internet");
        a.Send([1, 2, 3], outerB);
        var arrived = b.Receive(Laboratory.Patience);
        if (arrived is not null) b.Send([4], arrived.Value.From);
        var answered = a.Receive(Laboratory.Patience);
        return new(
            told.Contains("successful", StringComparison.Ordinal) && outerA.Equals(arrived?.From) && outerB.Equals(answered?.From),
            $"coturn: {told}; A to {outerB}: B saw {arrived?.From.ToString() ?? "nothing"}, its answer came from "
                + $"{answered?.From.ToString() ?? "nowhere"}");
    }
}
